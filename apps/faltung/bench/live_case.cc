// The cases of `bench live`.
#include "apps/faltung/bench/live_case.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace faltung {
namespace {

constexpr Index kRate = 48000;
constexpr Index kMonoSeconds = 40;    // 30,000 calls at the shortest block: p99.9 is the 30th
constexpr Index kMatrixSeconds = 20;
constexpr Index kLargeSeconds = 8;
constexpr double kDecay = 6.91;       // natural logarithm of 60 dB
constexpr Index kChannelShift = 5;    // blocks between what channels hear
constexpr Index kPoints = 2000;       // checked
constexpr unsigned kSeed = 20240611;

Index whole_blocks(Index frames, Index block) { return (frames + block - 1) / block * block; }

std::string length_text(Index taps) {
  if (taps % kRate == 0) return std::to_string(taps / kRate) + " s";
  return std::to_string(taps) + " taps";
}

enum class Routing { full, diagonal, shared_diagonal };

LiveCase make_case(Index channels, Index taps, Index block, Routing routing, Index frames) {
  LiveCase live;
  live.block = block;
  live.taps = taps;
  live.in_channels = live.out_channels = channels;
  for (Index out = 0; out < channels; ++out) {
    for (Index in = 0; in < channels; ++in) {
      if (routing != Routing::full && in != out) continue;
      const auto next = static_cast<Index>(live.paths.size());
      live.paths.push_back({in, out, routing == Routing::shared_diagonal ? 0 : next});
    }
  }
  live.kernels = routing == Routing::shared_diagonal ? 1 : static_cast<Index>(live.paths.size());
  live.frames = whole_blocks(frames, block);
  const std::string size = std::to_string(channels) + "x" + std::to_string(channels);
  live.name = size + (routing == Routing::full ? "" : " diagonal") +
              (routing == Routing::shared_diagonal ? " of one response" : "") + ", " +
              length_text(taps) + ", block " + std::to_string(block);
  return live;
}

float uniform(std::mt19937& random) {  // std::uniform_real_distribution may differ by library
  return static_cast<float>(static_cast<double>(random()) / 2147483648.0 - 1.0);
}

}  // namespace

Index LiveCase::warm_up() const { return whole_blocks(taps, block); }

double LiveCase::density() const {
  return static_cast<double>(paths.size()) / static_cast<double>(in_channels * out_channels);
}

std::vector<LiveCase> live_cases(bool quick) {
  std::vector<LiveCase> cases;
  if (quick) {
    cases.push_back(make_case(1, 5000, 64, Routing::full, kRate / 2));
    cases.push_back(make_case(2, 3000, 256, Routing::full, kRate / 2));
    cases[0].pictured = true;
    return cases;
  }
  constexpr Index kMono = kMonoSeconds * kRate, kMatrix = kMatrixSeconds * kRate,
                  kLarge = kLargeSeconds * kRate;
  for (const Index block : {64, 128, 256, 512}) {
    for (const Index taps : {Index{4096}, kRate, 5 * kRate, 10 * kRate}) {
      cases.push_back(make_case(1, taps, block, Routing::full, kMono));
      cases.back().pictured = block == 64 && taps == 5 * kRate;
    }
  }
  cases.push_back(make_case(2, 5 * kRate, 64, Routing::full, kMatrix));
  cases.push_back(make_case(2, 5 * kRate, 256, Routing::full, kMatrix));
  cases.push_back(make_case(16, kRate, 256, Routing::full, kLarge));
  // The stress tests of jconvolver: stress1.conf, stress3.conf, stress4.conf.
  cases.push_back(make_case(64, 4096, 256, Routing::diagonal, kLarge));
  cases.push_back(make_case(64, 204800, 1024, Routing::diagonal, kLarge));
  cases.push_back(make_case(64, 204800, 1024, Routing::shared_diagonal, kLarge));
  return cases;
}

Array<float> live_responses(const LiveCase& live) {
  std::mt19937 random(kSeed);
  Array<float> responses(Shape{live.kernels, live.taps});
  const double fade = std::exp(-kDecay / static_cast<double>(live.taps));
  const double inputs =
      static_cast<double>(live.paths.size()) / static_cast<double>(live.out_channels);
  // Energy of uniform noise under the envelope, summed over what reaches an output.
  const double energy = inputs / 3 / (1 - fade * fade);
  for (Index k = 0; k < live.kernels; ++k) {
    double envelope = 1 / std::sqrt(energy);
    for (Index m = 0; m < live.taps; ++m) {
      responses[k * live.taps + m] = static_cast<float>(envelope) * uniform(random);
      envelope *= fade;
    }
  }
  return responses;
}

LiveSignal::LiveSignal(const LiveCase& live)
    : period_(kLivePeriod * live.block),
      stride_(kChannelShift * live.block),
      noise_(period_ + (live.in_channels - 1) * stride_) {
  std::mt19937 random(kSeed + 1);
  for (float& sample : noise_) sample = uniform(random) / 4;
}

std::vector<LivePoint> live_points(const LiveCase& live) {
  std::mt19937 random(kSeed + 2);
  const auto below = [&](Index n) {
    return static_cast<Index>(random() % static_cast<unsigned long>(std::max<Index>(n, 1)));
  };
  std::vector<LivePoint> points;
  for (Index i = 0; i < kPoints; ++i) {
    const Index reach[] = {4 * live.block, 2 * live.taps, live.stream()};
    points.push_back({below(reach[i % 3]), below(live.out_channels)});
  }
  std::sort(points.begin(), points.end(),
            [](const LivePoint& a, const LivePoint& b) { return a.frame < b.frame; });
  return points;
}

std::vector<double> live_reference(const LiveCase& live, const std::vector<LivePoint>& points) {
  const Array<float> responses = live_responses(live);
  const LiveSignal signal(live);
  std::vector<double> values;
  for (const LivePoint& point : points) {
    double sum = 0;
    for (const Path& path : live.paths) {
      if (path.out != point.channel) continue;
      const float* taps = responses.data() + path.kernel * live.taps;
      signal.backwards(path.in, point.frame, std::min(live.taps, point.frame + 1),
                       [&](Index m, float x) {
                         sum += static_cast<double>(taps[m]) * static_cast<double>(x);
                       });
    }
    values.push_back(sum);
  }
  return values;
}

}  // namespace faltung
