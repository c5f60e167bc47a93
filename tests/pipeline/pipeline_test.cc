// What pipelines compute, from text to numbers.
#include "engine/pipeline/pipeline.h"

#include <fstream>
#include <sstream>

#include "tests/stages/slab_invariance.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

Kernel two_channels(const std::string& path) {
  Kernel kernel;
  kernel.values = Array<double>(Shape{2, 2});
  const double taps[] = {1, 2, 3, 4};
  std::copy_n(taps, 4, kernel.values.data());
  kernel.name = path;
  return kernel;
}

Signal through(const std::string& stages, const Signal& in) {
  return check_slab_invariance(
      [&] { return parse_pipeline("stages:\n" + stages, "p.yaml", two_channels).stage; }, in);
}

std::vector<double> series(const std::string& stages, std::vector<double> samples,
                           Index channels = 1) {
  Signal in;
  in.format.type = SampleType::float64;
  in.format.channels = channels;
  in.format.rate_hz = 1000;
  in.format.extent = static_cast<Index>(samples.size()) / channels;
  in.values = std::move(samples);
  return through(stages, in).values;
}

std::string said(const std::string& stages, const Format& format) {
  try {
    parse_pipeline("stages:\n" + stages, "p.yaml", two_channels).stage->prepare(format, {});
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

using V = std::vector<double>;

}  // namespace

TEST_CASE("pipeline: convolves causally and flushes the tail, correlates without flipping") {
  CHECK(series("  - convolve: {kernel: [1, 2, 3]}", {1, 0, 0}) == V{1, 2, 3, 0, 0});
  CHECK(series("  - correlate: {kernel: [1, 2, 3], mode: valid}", {1, 2, 3, 4}) == V{14, 20});
  CHECK(series("  - convolve: {kernel: [1, 2, 3], mode: valid}", {1, 2, 3, 4}) == V{10, 16});
  CHECK(series("  - convolve: {kernel: [1, 2, 3], flip: false, mode: same}", {1, 2, 3, 4}) ==
        V{8, 14, 20, 11});
  CHECK(series("  - convolve: {kernel: [1, 1], stride: 2, padding: 0, bias: 10}", {1, 2, 3, 4}) ==
        V{13, 17});
  CHECK(series("  - convolve: {kernel: [1, 1], dilation: 2}", {1, 2, 3}) == V{1, 2, 4, 2, 3});
  CHECK(series("  - correlate: {kernel: [1, -3], mode: valid, activation: relu}", {4, 1, 5}) ==
        V{1, 0});
}

TEST_CASE("pipeline: kernels of one channel each, layers and groups") {
  CHECK(series("  - convolve: {kernel: stereo.wav}", {1, 0, 1, 0}, 2) == V{1, 2, 0, 3, 4, 0});
  CHECK(series("  - convolve: {kernel: stereo.wav, channel: 2}", {1, 0}) == V{3, 4, 0});
  CHECK(series("  - correlate: {kernel: [[[1], [10]]], mode: valid}", {1, 2, 3, 4}, 2) ==
        V{31, 42});
  CHECK(series("  - correlate: {kernel: [[[1]], [[2]]], groups: 2, mode: valid}", {1, 2, 3, 4},
               2) == V{1, 2, 6, 8});
}

TEST_CASE("pipeline: a matrix routes with gains and delays, unlisted pairs are silent") {
  const std::string matrix =
      "  - convolve:\n"
      "      matrix:\n"
      "        - {in: 1, out: 1, kernel: [1, 2]}\n"
      "        - {in: 2, out: 1, kernel: [1], delay: 1, gain_db: 20}\n"
      "        - {in: 2, out: 3, kernel: stereo.wav, channel: 1}\n";
  CHECK(series(matrix, {1, 0, 0, 1}, 2) == V{1, 2, 10, 0, 0, 0, 0, 1, 2});
  Format format;
  format.channels = 1;
  format.max_slab = 4;
  CHECK(said(matrix, format) == "p.yaml:5:11: matrix reads channel 2, the signal has 1");
}

TEST_CASE("pipeline: the document's edge kernel, both ways") {
  Signal image = noise(1, Shape{4, 4}, SampleType::float64);
  for (Index i = 0; i < 16; ++i) image.values[static_cast<std::size_t>(i)] = static_cast<double>(i + 1);
  CHECK(through("  - correlate: {kernel: [[1, 1], [-1, -1]], mode: valid}", image).values == V(9, -8));
  CHECK(through("  - convolve: {kernel: [[1, 1], [-1, -1]], mode: valid}", image).values == V(9, 8));
}

TEST_CASE("pipeline: says what does not fit the signal") {
  Format mono;
  mono.max_slab = 4;
  CHECK(said("  - convolve: {kernel: stereo.wav}", mono) ==
        "kernel 'stereo.wav' has 2 channels, the signal 1; allowed: one kernel for all channels, "
        "one for each, or a matrix of in and out");
  CHECK(said("  - convolve: {kernel: [1], groups: 2}", mono) ==
        "groups: only for kernels [out, in / groups, …]");
  CHECK(said("  - convolve: {kernel: [1, 2], boundary: wrap}", mono).find("endless") !=
        std::string::npos);
  CHECK(said("  - convolve: {kernel: {lowpass: {cutoff_hz: 100}}}", mono).find("rate") !=
        std::string::npos);
  CHECK(said("  - convolve: {kernel: [1], method: separable}", mono).find("only for images") !=
        std::string::npos);
}

TEST_CASE("pipeline: every example of docs/pipelines.md prepares") {
  std::ifstream file(FALTUNG_SOURCE "/docs/pipelines.md");
  REQUIRE(file);
  int examples = 0;
  std::string line;
  while (std::getline(file, line)) {
    if (line != "```yaml") continue;
    std::string yaml;
    while (std::getline(file, line) && line != "```") yaml += line + "\n";
    CAPTURE(yaml);
    const Pipeline pipeline = parse_pipeline(yaml, "example.yaml", two_channels);
    bool fits = false;
    for (const Index channels : {1, 2}) {
      for (const Shape& inner : {Shape{}, Shape{16}}) {
        Format format;
        format.channels = channels;
        format.inner = inner;
        format.extent = 600;
        format.rate_hz = pipeline.rate_hz > 0 ? pipeline.rate_hz : 1000;
        format.max_slab = 64;
        try {
          pipeline.stage->prepare(format, {});
          fits = true;
        } catch (const Error&) {
        }
      }
    }
    CHECK(fits);
    ++examples;
  }
  CHECK(examples >= 7);
}
