// What is out of reach is refused with its place, before anything is allocated.
#include <doctest/doctest.h>

#include "engine/pipeline/pipeline.h"

using namespace faltung;

namespace {

std::string refusal(const std::string& stage) {
  Format format;
  format.channels = 2;
  format.rate_hz = 48000;
  format.extent = 100;
  format.max_slab = 100;
  try {
    parse_pipeline("stages:\n  - " + stage + "\n", "p.yaml", nullptr).stage->prepare(format, {});
  } catch (const Error& error) {
    CHECK(error.code() == Code::configuration);
    return error.what();
  }
  return "accepted";
}

bool says(const std::string& text, const std::string& part) {
  CAPTURE(text);
  return text.starts_with("p.yaml:2:") && text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("pipeline: what is out of reach is refused with its place") {
  CHECK(says(refusal("convolve: {kernel: [1, 2], padding: 1000000000000}"), "at most 268435456"));
  CHECK(says(refusal("convolve: {kernel: [1, 2], dilation: 1099511627776}"), "at most 268435456"));
  CHECK(says(refusal("convolve: {matrix: [{in: 1, out: 4096, kernel: [1], delay: 268435456}]}"),
             "the matrix has a response of 268435457 taps with its delay; allowed: at most 268435456"));
  CHECK(says(refusal("gain: {db: 7000}"), "at most 200 dB"));
  CHECK(says(refusal("gain: {db: [0, 7000]}"), "at most 200 dB"));
  CHECK(says(refusal("convolve: {kernel: [1], gain_db: 7000}"), "at most 200 dB"));
  CHECK(refusal("gain: {db: [0, -6]}") == "accepted");
}

TEST_CASE("pipeline: a channel can be taken of responses only, a matrix is made of single ones") {
  CHECK(says(refusal("convolve: {kernel: [[[1, 2]], [[3, 4]]], channel: 1}"), "which has 3 axes"));
  CHECK(says(refusal("convolve: {matrix: [{in: 1, out: 1, kernel: [[[1, 2], [3, 4]]]}]}"),
             "which has 3 axes"));
}
