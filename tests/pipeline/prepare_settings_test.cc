// The key `prepare`: what it does to a response, and what is refused with its place.
#include <cmath>

#include "engine/stages/read_prepare.h"
#include "tests/pipeline/written.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

using Values = std::vector<double>;

// What a click becomes, rounded to what decimals can say.
Values response(const std::string& kernel_and_rest) {
  Signal s = made_of("convolve: {" + kernel_and_rest + "}", signal({1, 0, 0}, Shape{3}));
  for (double& v : s.values) v = std::round(v * 1e9) / 1e9 + 0.0;
  return s.values;
}

std::string refused(const std::string& prepare) {
  return refusal(stage("convolve: {kernel: [1], prepare: " + prepare + "}"));
}

}  // namespace

TEST_CASE("prepare settings: a response is prepared before gain and channel") {
  CHECK(response("kernel: echo.wav, prepare: {reverse: true, delay: 1}") ==
        Values{0, 0.5, 0, 1, 0, 0});
  CHECK(response("kernel: [1, 2, 3, 4], prepare: {offset: 1, length: 2}") == Values{2, 3, 0, 0});
  CHECK(response("kernel: [1, 4, 2], prepare: {normalise: peak}, gain_db: 20") ==
        Values{2.5, 10, 5, 0, 0});
  CHECK(response("kernel: [3, 4, 0.001], prepare: {normalise: energy, trim_db: -40}") ==
        Values{0.6, 0.8, 0, 0});
  CHECK(response("kernel: [0.01, 1, 2], prepare: {trim_start_db: -30, fade: 1}") ==
        Values{1, 1, 0, 0});
  CHECK(response("kernel: [1, 2], prepare: ") == Values{1, 2, 0, 0});
  CHECK(response("kernel: [1, -2], prepare: {minimum_phase: true}") == Values{2, -1, 0, 0});
  CHECK(response("kernel: [1, 1], prepare: {normalise: loudest}") == Values{0.5, 0.5, 0, 0});
  // Of a file with two channels both are prepared alike, whichever is then taken.
  CHECK(response("kernel: pair.wav, channel: 1, prepare: {normalise: peak}") ==
        Values{0.25, 0.5, 0, 0});
}

TEST_CASE("prepare settings: milliseconds are of the signal's rate where the kernel has none") {
  // 48 kHz: 2 taps are 41.67 µs.
  CHECK(response("kernel: [1, 2, 3], prepare: {offset_ms: 0.0417, delay_ms: 0.0208}") ==
        Values{0, 3, 0, 0});
  Signal in = noise(1, Shape{10});
  in.format.rate_hz = 0;
  CHECK(refusal_of("convolve: {kernel: [1, 2], prepare: {fade_ms: 1}}", in) ==
        "p.yaml:2:41: inline 2: fade in milliseconds needs a response or a signal with a rate");
}

TEST_CASE("prepare settings: after resampling, and both are said") {
  const KernelReader slow = [](const std::string& path) {
    Kernel kernel = two_files()(path);
    kernel.rate_hz = 24000;
    return kernel;
  };
  std::vector<std::string> said;
  Setting setting;
  setting.note = [&](const std::string& note) { said.push_back(note); };
  Format format = noise(1, Shape{30}).format;
  format.max_slab = 30;
  const std::string text = "convolve: {kernel: echo.wav, prepare: {delay_ms: 1}}";
  const Pipeline pipeline = parse_pipeline(stage(text), "p.yaml", slow);
  CHECK(pipeline.stage->prepare(format, setting).extent == 30 + 48 + 6 - 1);
  CHECK(said ==
        std::vector<std::string>{
            "echo.wav: resampled from 24000 Hz to the signal's 48000 Hz; delayed by 48 taps"});
}

TEST_CASE("prepare settings: entries of a matrix are prepared one by one") {
  const Signal in = signal({1, 0, 0}, Shape{3});
  CHECK(made_of("convolve: {matrix: [{in: 1, out: 1, kernel: [1, 2], prepare: {reverse: true}}, "
                "{in: 1, out: 2, kernel: pair.wav, channel: 2, prepare: {normalise: peak}}]}",
                in)
            .values == Values{2, 1, 0, 0, /**/ 0.75, 1, 0, 0});
}

TEST_CASE("prepare settings: what makes no sense is refused with its place") {
  CHECK(refused("{normalize: peak}")
            .starts_with("p.yaml:2:39: unknown key 'normalize' of 'prepare'; did you mean "
                         "'normalise'? allowed: minimum_phase, reverse, offset"));
  CHECK(refused("{normalise: loud}") ==
        "p.yaml:2:50: unknown value 'loud'; allowed: peak, energy, loudest");
  CHECK(refused("{trim_db: 90}") ==
        "p.yaml:2:48: expected a level below 0, in dB relative to the response's peak, got '90'");
  CHECK(refused("{delay: 1.5}") == "p.yaml:2:46: expected a whole number of at least 0, got '1.5'");
  CHECK(refused("{fade_ms: -1}") == "p.yaml:2:48: expected a number of at least 0, got '-1'");
  CHECK(refused("{fade: 1, fade_ms: 1}") == "p.yaml:2:57: 'fade' and 'fade_ms' exclude each other");
  CHECK(refused("{reverse: yes}") == "p.yaml:2:48: expected true or false, got 'yes'");
  CHECK(refused("3").starts_with("p.yaml:2:38: expected the settings of 'prepare'"));
  CHECK(refusal(stage(
            "convolve: {matrix: [{in: 1, out: 1, kernel: [1]}], prepare: {reverse: true}}")) ==
        "p.yaml:2:65: 'prepare' belongs into the entries of 'matrix'");
  CHECK(refusal_of("convolve: {kernel: [[1]], prepare: {reverse: true}}", noise(1, Shape{8, 8})) ==
        "p.yaml:2:40: 'prepare': only for responses of series");
  CHECK(refusal_of("convolve: {kernel: [1], prepare: {offset: 1}}", noise(1, Shape{8})) ==
        "p.yaml:2:38: inline 1: offset of 1 tap; allowed: less than the response's 1");
}
