// The limiter: never above its ceiling, silent about what is below, smooth.
#include "engine/stages/limiter.h"

#include <cmath>

#include "engine/stages/limiter_gain.h"
#include "tests/stages/refusal.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

Signal loud(Index channels, Index frames, SampleType type, unsigned seed, double most) {
  Signal in = noise(channels, Shape{frames}, type, seed);
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> level(-60, 20 * std::log10(most));
  double gain = 1;
  for (std::size_t i = 0; i < in.values.size(); ++i) {
    if (random() % 97 == 0) gain = std::pow(10.0, level(random) / 20);
    in.values[i] = static_cast<float>(in.values[i] * gain);
  }
  return in;
}

}  // namespace

TEST_CASE("limiter: no sample of any signal is above the ceiling, in either sample type") {
  std::mt19937 random(3);
  const auto draw = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  for (unsigned trial = 0; trial < 40; ++trial) {
    CAPTURE(trial);
    const LimiterOptions options{draw(-30, 3), trial % 5 == 0 ? 0 : draw(0, 8), draw(1, 200),
                                 trial % 2 == 0};
    const double ceiling = std::pow(10.0, options.ceiling_db / 20);
    for (SampleType type : {SampleType::float32, SampleType::float64}) {
      const Signal out = check_slab_invariance([&] { return make_limiter(options); },
                                               loud(2, 700, type, trial + 1, 300));
      double peak = 0;
      for (const double y : out.values) peak = std::max(peak, std::abs(y));
      CHECK(peak <= ceiling);
      CHECK(peak > 0.5 * ceiling);
    }
  }
}

TEST_CASE("limiter: a signal below the ceiling passes bit for bit, also a short one") {
  for (Index frames : {0, 1, 100, 240, 5000}) {
    CAPTURE(frames);
    Signal in = noise(2, Shape{frames}, SampleType::float32);
    for (double& x : in.values) x = static_cast<float>(0.89 * x);
    CHECK(same_bits(check_slab_invariance([] { return make_limiter({}); }, in).values, in.values));
  }
}

TEST_CASE("limiter: linked channels keep their balance, others go by themselves") {
  for (bool linked : {true, false}) {
    Signal in = noise(2, Shape{3000}, SampleType::float64);
    for (Index n = 0; n < 3000; ++n) {
      in.at(0, n) *= 4;
      in.at(1, n) *= 0.5;
    }
    Signal out = run(*make_limiter({0, 5, 100, linked}), in, {100});
    for (Index n = 500; n < 2500; ++n) {
      const double first = out.at(0, n) / in.at(0, n), second = out.at(1, n) / in.at(1, n);
      CHECK(second == doctest::Approx(linked ? first : 1.0).epsilon(1e-9));
    }
  }
}

TEST_CASE("limiter: its gain arrives at a peak smoothly and comes back") {
  const Index lookahead = 240;
  LimiterGain gain(lookahead, std::exp(-1.0 / 4800));
  std::vector<double> g;
  for (int n = 0; n < 60000; ++n) g.push_back(gain.next(n == 1000 ? 0.25 : 1));
  for (std::size_t n = 0; n < 1000; ++n) CHECK(g[n] == 1);
  CHECK(g[1000 + lookahead] <= 0.25);
  CHECK(g[1000 + lookahead] > 0.2499);
  double step = 0, bend = 0;
  for (std::size_t n = 1001; n < 2000; ++n) {
    step = std::max(step, std::abs(g[n] - g[n - 1]));
    bend = std::max(bend, std::abs(g[n] - 2 * g[n - 1] + g[n - 2]));
  }
  CHECK(step < 0.75 * 2 / lookahead * 1.01);
  CHECK(bend < 0.75 * 4 / (lookahead * lookahead) * 1.1);
  CHECK(g[1000 + lookahead + 4800] == doctest::Approx(1 - 0.75 / std::exp(1)).epsilon(0.03));
  CHECK(g.back() > 0.9999);
}

TEST_CASE("limiter: after a peak it is exactly 1 again, also after a billion-fold one") {
  LimiterGain gain(10, 0.9);
  gain.next(1e-12);
  double last = 0;
  for (int n = 0; n < 1000; ++n) last = gain.next(1);
  CHECK(last == 1);
}

TEST_CASE("limiter: states its latency and its reduction") {
  const StagePtr stage = make_limiter({-6, 5, 100, true});
  Signal in = noise(1, Shape{4800});
  for (double& x : in.values) x *= 10;
  run(*stage, in, {480});
  CHECK(stage->timing().latency == 240);
  REQUIRE(stage->controls().size() == 1);
  CHECK(stage->controls()[0].path == "reduction_db");
  CHECK(stage->controls()[0].reading->value() < -20);
  in.format.rate_hz = 0;
  CHECK(refusal(stage, in) == "limiter needs a signal with a rate; give the pipeline's rate");
  in.format.rate_hz = 1e8;
  CHECK(refusal(stage, in) == "limiter looks ahead by 500000 frames; allowed: at most 65536");
}
