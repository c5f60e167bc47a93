// Neighbouring convolutions: folded where it is cheaper, the same output either way.
#include "engine/stages/cascade.h"

#include <cmath>

#include "engine/convolve/cost.h"
#include "tests/pipeline/written.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

// noise-N.wav: N taps for each of two channels; noise-mono-N.wav: for one.
Kernel responses(const std::string& path) {
  const Index taps = std::stol(path.substr(path.rfind('-') + 1));
  const Signal values = noise(path.find("mono") == std::string::npos ? 2 : 1, Shape{taps},
                              SampleType::float64, static_cast<unsigned>(taps));
  Kernel kernel;
  kernel.name = path;
  kernel.values = Array<double>({values.format.channels, taps});
  std::copy(values.values.begin(), values.values.end(), kernel.values.begin());
  return kernel;
}

StagePtr chain_of(const std::vector<std::string>& stages) {
  std::string text = "stages:\n";
  for (const std::string& one : stages) text += "  - " + one + "\n";
  return std::move(parse_pipeline(text, "p.yaml", responses).stage);
}

// One pipeline after the other, which nothing can fold.
Signal in_turn(const std::vector<std::string>& stages, Signal signal) {
  for (const std::string& one : stages) {
    signal = run(*chain_of({one}), signal, {std::max<Index>(*signal.format.extent, 1)});
  }
  return signal;
}

void check_close(const Signal& got, const Signal& wanted, double tolerance) {
  REQUIRE(got.values.size() == wanted.values.size());
  double error = 0, peak = 0;
  for (std::size_t i = 0; i < wanted.values.size(); ++i) {
    error = std::max(error, std::abs(got.values[i] - wanted.values[i]));
    peak = std::max(peak, std::abs(wanted.values[i]));
  }
  CHECK(error <= tolerance * peak);
}

// "folded", "in turn", or "" where nothing was weighed.
std::string chosen(const Stage& stage, std::size_t part = 0) {
  const Explanation whole = stage.explain();
  for (const auto& candidate : whole.parts.at(part).candidates) {
    if (candidate.chosen) return candidate.solver;
  }
  return "";
}

std::string text_of(const Stage& stage) { return stage.explain().parts.at(0).text; }

// Costs of a machine on which a product of spectra is slow and taps along a row are quick.
Costs slow_spectra() {
  Costs costs;
  Costs::OfType& c = costs.float32;
  c.spectra_near = c.spectra = c.spectra_far = 4e9;
  c.copy = 0;
  return costs;
}

const std::vector<std::string> kLongAndTiny = {"convolve: {kernel: noise-mono-4096.wav}",
                                               "convolve: {kernel: [1, -0.5]}"};

}  // namespace

TEST_CASE("cascade: two short kernels become one, and the output is that of both in turn") {
  const std::vector<std::string> stages = {
      "convolve: {kernel: [1, 2, 3], gain_db: -6}", "correlate: {kernel: noise-20.wav}",
      "convolve: {kernel: [[1, 0.5], [0.25, 4]], bias: [0.5, -0.5], activation: relu}"};
  const Signal in = noise(2, Shape{150}, SampleType::float64);
  const Signal got = check_slab_invariance([&] { return chain_of(stages); }, in);
  CHECK(*got.format.extent == 150 + 2 + 19 + 1);
  check_close(got, in_turn(stages, in), 1e-14);
  const StagePtr stage = chain_of(stages);
  run(*stage, in, {150});
  CHECK(chosen(*stage) == "folded");
  CHECK(text_of(*stage) == "cascade of 3 convolutions");
  const Explanation whole = stage->explain().parts.at(0);
  REQUIRE(whole.candidates.size() == 2);
  CHECK(whole.candidates[0].predicted_s < whole.candidates[1].predicted_s);
  CHECK(whole.parts.at(0).text.find("2 kernels of 23, 2 -> 2 channels") != std::string::npos);
}

TEST_CASE("cascade: long responses are folded offline, and right whichever is taken live") {
  const std::vector<std::string> stages = {"convolve: {kernel: noise-3000.wav}",
                                           "convolve: {kernel: noise-mono-2000.wav}"};
  for (const SampleType type : {SampleType::float32, SampleType::float64}) {
    const Signal in = noise(2, Shape{5000}, type);
    const Signal wanted = in_turn(stages, noise(2, Shape{5000}, SampleType::float64));
    for (const Clock clock : {Clock::offline, Clock::live}) {
      Setting setting;
      setting.clock = clock;
      const StagePtr stage = chain_of(stages);
      check_close(run(*stage, in, {64}, setting), wanted,
                  type == SampleType::float32 ? 1e-6 : 1e-13);
      if (clock == Clock::offline) CHECK(chosen(*stage) == "folded");
      if (clock == Clock::live) CHECK(stage->timing().latency == 0);
    }
  }
}

TEST_CASE("cascade: stays as it is where the costs say so, and the output is the same") {
  const Costs costs = slow_spectra();
  Setting live;
  live.clock = Clock::live;
  const Signal in = noise(1, Shape{1000});
  const StagePtr usual = chain_of(kLongAndTiny), slow = chain_of(kLongAndTiny);
  const Signal folded = run(*usual, in, {64}, live);
  live.costs = &costs;
  const Signal kept = run(*slow, in, {64}, live);
  CHECK(chosen(*slow) == "in turn");
  CHECK(slow->explain().parts.at(0).parts.size() == 2);
  check_close(kept, in_turn(kLongAndTiny, noise(1, Shape{1000}, SampleType::float64)), 1e-6);
  check_close(folded, kept, 1e-6);
}

TEST_CASE("cascade: what is more than a response is not folded into the next") {
  const Signal in = noise(2, Shape{50}, SampleType::float64);
  for (const char* first :
       {"convolve: {kernel: [1, 2], bias: 1}", "convolve: {kernel: [1, 2], activation: relu}",
        "convolve: {kernel: [1, 2], mode: same}", "convolve: {kernel: [1, 2], padding: 1}",
        "convolve: {kernel: [1, 2], stride: 2}", "convolve: {kernel: [1, 2], dilation: 2}",
        "convolve: {kernel: [1, 2], boundary: replicate}",
        "convolve: {kernel: [1, 2], method: fft}", "convolve: {kernel: [1, 2], precision: float32}",
        "gain: {db: 0}",
        "convolve: {matrix: [{in: 1, out: 1, kernel: [1, 2]}, {in: 2, out: 2, kernel: [1]}]}"}) {
    CAPTURE(first);
    const StagePtr stage = chain_of({first, "convolve: {kernel: [1, 1]}"});
    run(*stage, in, {50});
    CHECK(stage->explain().parts.size() == 2);
  }
}

TEST_CASE("cascade: what is no plain response shows only with the signal, and is said") {
  const std::vector<std::string> layers = {
      "convolve: {kernel: [[[1, 2], [0, 1]], [[1, 0], [3, 1]]]}", "convolve: {kernel: [1, 1]}"};
  const Signal in = noise(2, Shape{50}, SampleType::float64);
  const StagePtr mixing = chain_of(layers);
  check_close(run(*mixing, in, {50}), in_turn(layers, in), 1e-14);
  CHECK(chosen(*mixing) == "in turn");
  CHECK(mixing->explain().parts.at(0).candidates[0].detail == "inline 2x2x2 mixes channels");

  const std::vector<std::string> images = {"convolve: {kernel: sobel-x, mode: full}",
                                           "convolve: {kernel: sobel-y, mode: full}"};
  const StagePtr image = chain_of(images);
  const Signal picture = noise(1, Shape{9, 8}, SampleType::float64);
  check_close(run(*image, picture, {9}), in_turn(images, picture), 1e-14);
  CHECK(image->explain().parts.at(0).candidates[0].detail == "only for series");
}

TEST_CASE("cascade: errors keep their place, remarks are said once, and it can be prepared again") {
  const Signal in = noise(3, Shape{50});
  Format format = in.format;
  format.max_slab = 50;
  const StagePtr wrong = chain_of({"convolve: {kernel: [1]}", "convolve: {kernel: noise-5.wav}"});
  CHECK_THROWS_WITH_AS(wrong->prepare(format, {}),
                       doctest::Contains("p.yaml:3:5: kernel 'noise-5.wav' has 2 channels"), Error);
  std::vector<std::string> said;
  Setting setting;
  setting.note = [&](const std::string& note) { said.push_back(note); };
  const StagePtr stage = chain_of(
      {"convolve: {kernel: [1, 2], prepare: {reverse: true}}", "convolve: {kernel: [1, 3]}"});
  const Signal once = run(*stage, in, {50}, setting);
  CHECK(said == std::vector<std::string>{"inline 2: reversed"});
  CHECK(same_bits(run(*stage, in, {7}, setting).values, once.values));
}
