// Large matrices from configuration: memory of the distinct responses only, and the plain sum.
#include <cmath>
#include <map>
#include <random>

#include "tests/pipeline/written.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

constexpr Index kTaps = 300;

// response-7.wav: noise of its own.
Kernel numbered(const std::string& path) {
  Kernel kernel;
  kernel.name = path;
  kernel.values = Array<double>({kTaps});
  std::mt19937 random(static_cast<unsigned>(std::stoi(path.substr(path.find('-') + 1))));
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (double& tap : kernel.values) tap = uniform(random);
  return kernel;
}

struct Entry {
  Index in, out;
  int response;
};

std::string pipeline_of(const std::vector<Entry>& entries) {
  std::string text = "stages:\n  - convolve:\n      matrix:\n";
  for (const Entry& e : entries) {
    text += "        - {in: " + std::to_string(e.in + 1) + ", out: " + std::to_string(e.out + 1) +
            ", kernel: response-" + std::to_string(e.response) + ".wav}\n";
  }
  return text;
}

// By the definition, one entry after the other.
std::vector<double> plain_sum(const std::vector<Entry>& entries, Signal in, Index outs) {
  const Index n = *in.format.extent, length = n + kTaps - 1;
  std::vector<double> out(static_cast<std::size_t>(outs * length));
  for (const Entry& e : entries) {
    const Kernel kernel = numbered("response-" + std::to_string(e.response));
    for (Index t = 0; t < n; ++t) {
      double* to = out.data() + e.out * length + t;
      for (Index m = 0; m < kTaps; ++m) to[m] += in.at(e.in, t) * kernel.values[m];
    }
  }
  return out;
}

void check_equals_plain_sum(const std::vector<Entry>& entries, Index channels, Index distinct) {
  std::map<std::string, int> read;
  const KernelReader reader = [&](const std::string& path) {
    ++read[path];
    return numbered(path);
  };
  const Pipeline pipeline = parse_pipeline(pipeline_of(entries), "p.yaml", reader);
  CHECK(static_cast<Index>(read.size()) == distinct);
  for (const auto& [path, times] : read) CHECK(times == 1);

  const Signal in = noise(channels, Shape{60}, SampleType::float64);
  const Signal got = run(*pipeline.stage, in, {60});
  const std::vector<double> wanted = plain_sum(entries, in, got.format.channels);
  REQUIRE(got.values.size() == wanted.size());
  double error = 0, peak = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    error = std::max(error, std::abs(got.values[i] - wanted[i]));
    peak = std::max(peak, std::abs(wanted[i]));
  }
  CHECK(error < 1e-13 * peak);
  const Explanation whole = pipeline.stage->explain().parts.at(0);
  CHECK(whole.text.find(std::to_string(distinct) + " kernels of 300, " + std::to_string(channels) +
                        " -> " + std::to_string(channels)) != std::string::npos);
}

}  // namespace

TEST_CASE("matrix settings: 256 x 256, sparse, costs its distinct responses and is the plain sum") {
  std::vector<Entry> entries;
  for (Index i = 0; i < 1024; ++i) {  // four for each output
    entries.push_back({(i * 37 + i / 256 * 11) % 256, i % 256, static_cast<int>(i * 7 % 16)});
  }
  check_equals_plain_sum(entries, 256, 16);
}

TEST_CASE("matrix settings: 64 x 64, full, from as many responses") {
  std::vector<Entry> entries;
  for (Index i = 0; i < 64 * 64; ++i) entries.push_back({i % 64, i / 64, static_cast<int>(i % 97)});
  check_equals_plain_sum(entries, 64, 97);
}

TEST_CASE("matrix settings: a channel that a file does not have is noticed without a signal") {
  const auto refused = [](const std::string& rest) {
    return refusal(stage("convolve: {matrix: [{in: 1, out: 1, kernel: " + rest + "}]}"));
  };
  CHECK(refused("pair.wav, channel: 3") == "p.yaml:2:68: pair.wav has 2 channels, not 3");
  CHECK(refused("pair.wav") == "p.yaml:2:25: pair.wav has 2 channels; say which with 'channel'");
  CHECK(refused("[[1, 2]]") == "accepted");
}

TEST_CASE("matrix settings: a file is read once, even by several stages") {
  std::vector<std::string> asked;
  parse_pipeline(
      "stages:\n  - convolve: {kernel: pair.wav}\n  - convolve: {kernel: pair.wav}\n"
      "  - convolve: {kernel: echo.wav}\n",
      "p.yaml", two_files(&asked));
  CHECK(asked == std::vector<std::string>{"pair.wav", "echo.wav"});
}

TEST_CASE("convolve settings: a sound's response is no kernel of an image") {
  const KernelReader sound = [](const std::string& path) {
    Kernel kernel = two_files()(path);
    kernel.rate_hz = 48000;
    return kernel;
  };
  const Pipeline pipeline = parse_pipeline(stage("convolve: {kernel: pair.wav}"), "p.yaml", sound);
  Format image = noise(1, Shape{8, 8}).format;
  image.max_slab = 8;
  CHECK_THROWS_WITH_AS(pipeline.stage->prepare(image, {}),
                       "p.yaml:2:5: kernel 'pair.wav' is a series of 48000 Hz, the signal has 2 "
                       "spatial axes; allowed: kernels without a rate",
                       Error);
}

TEST_CASE("matrix settings: a factor is a gain that may be negative, instead of decibels") {
  const std::string entry = "convolve: {matrix: [{in: 1, out: 1, kernel: [1, 2], factor: -0.5";
  const Signal got = made_of(entry + "}]}", signal({1, 0}, Shape{2}));
  CHECK(got.values == std::vector<double>{-0.5, -1, 0});
  CHECK(refusal(stage(entry + ", gain_db: 3}]}")) ==
        "p.yaml:2:65: 'gain_db' and 'factor' exclude each other");
}
