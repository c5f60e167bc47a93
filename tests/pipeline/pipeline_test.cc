// A pipeline from its text: the top level, the table of stages, positions in every error.
#include "engine/pipeline/pipeline.h"

#include "tests/pipeline/written.h"

using namespace faltung;
using namespace faltung::testing;

TEST_CASE("pipeline: name, description, rate and stages") {
  const Pipeline pipeline = written(
      "name: hall\ndescription: a concert hall\nrate: 360\nstages:\n  - gain: {factor: 2}\n"
      "  - activation: abs\n");
  CHECK(pipeline.rate_hz == 360);
  CHECK(pipeline.stages == 2);
  const Signal in = signal({1, -2, 3}, Shape{3});
  CHECK(run(*pipeline.stage, in, {3}).values == std::vector<double>{2, 4, 6});
}

TEST_CASE("pipeline: no stages change nothing") {
  const Pipeline pipeline = written("stages: []\n");
  CHECK(pipeline.stages == 0);
  const Signal in = noise(2, Shape{40});
  CHECK(run(*pipeline.stage, in, {7}).values == in.values);
}

TEST_CASE("pipeline: refuses a wrong top level") {
  CHECK(refusal("- gain\n") ==
        "p.yaml:1:1: expected the settings of 'pipeline' as {key: value}, got a list; keys: "
        "stages, rate, name, description");
  CHECK(refusal("rate: 48000\n") == "p.yaml:1:1: 'pipeline' needs 'stages'");
  CHECK(refusal("stages:\n") == "p.yaml:1:1: expected a list of stages, got nothing");
  CHECK(refusal("stages: 3\n") == "p.yaml:1:9: expected a list of stages, got '3'");
  CHECK(refusal("stage: []\n") ==
        "p.yaml:1:1: unknown key 'stage' of 'pipeline'; did you mean 'stages'? allowed: stages, "
        "rate, name, description");
  CHECK(refusal("rate: -1\nstages: []\n") == "p.yaml:1:7: expected a number above 0, got '-1'");
  CHECK(refusal("name: [1]\nstages: []\n") == "p.yaml:1:7: expected a text, got a list");
}

TEST_CASE("pipeline: refuses unknown stages, and stages that are not one name with settings") {
  CHECK(refusal(stage("convolv: {kernel: [1]}")) ==
        "p.yaml:2:5: unknown stage 'convolv'; did you mean 'convolve'?");
  CHECK(refusal(stage("reverberator: {}")) ==
        "p.yaml:2:5: unknown stage 'reverberator'; there are convolve, correlate, gain, "
        "mute, mix, delay, biquad, limiter, dither, meter, activation, pool, transposed_convolve, "
        "upsample, batch_norm, lv2, parallel");
  CHECK(refusal(stage("[gain: {db: 1}]")) ==
        "p.yaml:2:5: expected one stage as {name: settings}, got a list");
  CHECK(refusal("stages:\n  - gain: {db: 1}\n    delay: {samples: 1}\n") ==
        "p.yaml:2:5: expected one stage as {name: settings}, got a map of 2 keys");
}

TEST_CASE("pipeline: a refusal once the signal is there names the stage's place") {
  const Signal in = noise(1, Shape{30});
  CHECK(refusal_of("gain: {db: [1, 2]}", in) ==
        "p.yaml:2:5: gain has 2 values; allowed: one for all channels, or one for each of the "
        "signal's 1");
  CHECK(refusal_of("parallel: {merge: sum, branches: [[gain: {factor: 1}], "
                   "[delay: {samples: 1}, convolve: {kernel: pair.wav}]]}",
                   in)
            .starts_with("p.yaml:2:82: kernel 'pair.wav' has 2 channels, the signal 1; allowed: "));
  CHECK(refusal_of("convolve: {kernel: {lowpass: {cutoff_hz: 90000}}}", in)
            .starts_with("p.yaml:2:5: lowpass: cutoff_hz of 90000 Hz at a rate of 48000 Hz"));
}

TEST_CASE("pipeline: kernels are looked for beside the pipeline") {
  std::vector<std::string> asked;
  const auto read = [&](const std::string& file, const std::string& kernel) {
    asked.clear();
    parse_pipeline(stage("convolve: {kernel: " + kernel + "}"), file, two_files(&asked));
    REQUIRE(asked.size() == 1);
    return asked[0];
  };
  CHECK(read("p.yaml", "echo.wav") == "echo.wav");
  CHECK(read("a/b/p.yaml", "echo.wav") == "a/b/echo.wav");
  CHECK(read("a/b/p.yaml", "/c/echo.wav") == "/c/echo.wav");
  CHECK(read("/p.yaml", "echo.wav") == "/echo.wav");
}

TEST_CASE("pipeline: an unreadable kernel is an unreadable input, at its place") {
  CHECK(refusal(stage("convolve: {kernel: nope.wav}"), Code::input) ==
        "p.yaml:2:24: nope.wav: cannot be opened");
  CHECK(refusal(stage("convolve: {kernel: sobelx}")) ==
        "p.yaml:2:24: no file and no design is called 'sobelx'; did you mean 'sobel-x'?");
}

TEST_CASE("pipeline: without a reader there are numbers and designs, but no files") {
  CHECK(parse_pipeline(stage("convolve: {kernel: [1]}"), "p.yaml", nullptr).stages == 1);
  CHECK(parse_pipeline(stage("convolve: {kernel: sharpen}"), "p.yaml", nullptr).stages == 1);
  CHECK_THROWS_WITH_AS(
      parse_pipeline(stage("convolve: {kernel: echo.wav}"), "p.yaml", nullptr),
      "p.yaml:2:24: no design is called 'echo.wav', and kernel files cannot be read here", Error);
}

TEST_CASE("pipeline: the short form is one convolution") {
  const Signal in = signal({1, 0, 0, 0}, Shape{4});
  const Pipeline file = kernel_pipeline("echo.wav", two_files());
  CHECK(file.stages == 1);
  CHECK(run(*file.stage, in, {4}).values == std::vector<double>{1, 0, 0.5, 0, 0, 0});
  const Pipeline design = kernel_pipeline("sobel-x", two_files());
  CHECK(*run(*design.stage, noise(1, Shape{9, 8}), {4}).format.extent == 9);
  CHECK_THROWS_WITH_AS(kernel_pipeline("sobelx", two_files()),
                       "no file and no design is called 'sobelx'; did you mean 'sobel-x'?", Error);
}
