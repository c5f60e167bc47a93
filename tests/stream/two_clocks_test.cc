// Sound from one device's clock to another's: its quality, its delay, and what stalls do to it.
#include "engine/stream/two_clocks.h"

#include <doctest/doctest.h>

#include <array>
#include <numbers>
#include <optional>
#include <thread>
#include <vector>

#include "tests/stream/two_devices.h"

using namespace faltung;
using namespace faltung::stream_test;

namespace {

constexpr double kTau = 2 * std::numbers::pi;

// Sines in at a device's pace, one frequency a channel; what the other device plays.
class Joined {
 public:
  Joined(const TwoClocksOptions& options, const std::vector<double>& hz, double capture_ppm,
         double playback_ppm)
      : clocks(options),
        options_(options),
        hz_(hz),
        capture({options.capture_hz, capture_ppm, options.capture_block}, 3),
        playback({options.playback_hz, playback_ppm, options.playback_block}, 4),
        in_(format(options), options.capture_block),
        out_(format(options), options.playback_block),
        heard(hz.size()) {}

  void run_until(double end_s) {
    stream_test::run_until(
        end_s, capture, playback,
        [this](double time_s) {
          fill(in_.slab().as<float>());
          clocks.put(in_.slab(), time_s);
        },
        [this](double time_s) {
          clocks.take(out_.slab(), time_s);
          const auto out = out_.slab().as<float>();
          for (std::size_t c = 0; c < heard.size(); ++c) {
            const float* x = out.channel(static_cast<Index>(c));
            heard[c].insert(heard[c].end(), x, x + out.extent);
          }
        });
  }

  TwoClocks clocks;

 private:
  static Format format(const TwoClocksOptions& options) {
    Format result;
    result.channels = options.channels;
    return result;
  }
  void fill(const SlabOf<float>& slab) {
    for (Index c = 0; c < slab.channels; ++c) {
      const double step = hz_[static_cast<std::size_t>(c)] / options_.capture_hz;
      for (Index n = 0; n < slab.extent; ++n) {
        const double turns = step * static_cast<double>(sent_ + n);
        slab.channel(c)[n] = static_cast<float>(std::sin(kTau * (turns - std::floor(turns))));
      }
    }
    sent_ += slab.extent;
  }

  TwoClocksOptions options_;
  std::vector<double> hz_;
  Index sent_ = 0;

 public:
  Device capture, playback;

 private:
  SlabMemory in_, out_;

 public:
  std::vector<std::vector<float>> heard;
};

// Least squares of cos, sin, n cos and n sin: a sine whose frequency and level are a little off.
struct Fit {
  double turns = 0;  // at the window's middle
  double level = 0;
  double residual = 0;  // energy ÷ the sine's
};

Fit fit_sine(const float* x, Index count, double turns_per_frame) {
  constexpr int kTerms = 4;
  const double middle = static_cast<double>(count - 1) / 2;
  const auto terms = [&](Index n) {
    const double u = static_cast<double>(n) - middle, p = kTau * turns_per_frame * u;
    return std::array<double, kTerms>{std::cos(p), std::sin(p), u / middle * std::cos(p),
                                      u / middle * std::sin(p)};
  };
  double m[kTerms][kTerms + 1] = {};
  for (Index n = 0; n < count; ++n) {
    const auto t = terms(n);
    for (std::size_t i = 0; i < kTerms; ++i) {
      for (std::size_t j = 0; j < kTerms; ++j) m[i][j] += t[i] * t[j];
      m[i][kTerms] += t[i] * static_cast<double>(x[n]);
    }
  }
  for (int i = 0; i < kTerms; ++i) {  // positive definite: no pivots
    for (int r = 0; r < kTerms; ++r) {
      if (r == i) continue;
      const double factor = m[r][i] / m[i][i];
      for (int j = i; j <= kTerms; ++j) m[r][j] -= factor * m[i][j];
    }
  }
  double wanted = 0, rest = 0;
  for (Index n = 0; n < count; ++n) {
    const auto t = terms(n);
    double y = 0;
    for (std::size_t i = 0; i < kTerms; ++i) y += t[i] * m[i][kTerms] / m[i][i];
    wanted += y * y;
    rest += (static_cast<double>(x[n]) - y) * (static_cast<double>(x[n]) - y);
  }
  const double c = m[0][kTerms] / m[0][0], s = m[1][kTerms] / m[1][1];
  return {std::atan2(c, s) / kTau, std::hypot(c, s), rest / wanted};
}

double decibel(double energies) { return -10 * std::log10(energies); }

// The least over windows of 20 ms, from `first_s` on. What is slower than 25 Hz is no noise but
// wow, of which the ratio's course tells.
double least_signal_to_noise_db(const std::vector<float>& heard, double hz, double rate_hz,
                                double first_s) {
  double least = 1e9;
  const auto window = static_cast<Index>(rate_hz / 50);
  for (auto n = static_cast<Index>(first_s * rate_hz);
       n + window <= static_cast<Index>(heard.size()); n += window) {
    const Fit fit = fit_sine(heard.data() + n, window, hz / rate_hz);
    CHECK(fit.level == doctest::Approx(1).epsilon(1e-3));
    least = std::min(least, decibel(fit.residual));
  }
  return least;
}

Index silent_at_end(const std::vector<float>& heard) {
  Index count = 0;
  while (count < static_cast<Index>(heard.size()) &&
         heard[heard.size() - 1 - static_cast<std::size_t>(count)] == 0)
    ++count;
  return count;
}

}  // namespace

TEST_CASE("two_clocks: a sine stays a sine for a minute, at every quality and pair of rates") {
  struct Case {
    ConverterQuality quality;
    double capture_hz, playback_hz;
    Index capture_block, playback_block;
    double least_db;
  };
  using enum ConverterQuality;
  for (const Case& c :
       {Case{medium, 44100, 48000, 441, 64, 120}, Case{medium, 48000, 48000, 64, 441, 120},
        Case{medium, 96000, 44100, 256, 100, 120}, Case{fastest, 48000, 48000, 256, 256, 110}}) {
    TwoClocksOptions options;
    options.channels = 1;
    options.capture_hz = c.capture_hz;
    options.playback_hz = c.playback_hz;
    options.capture_block = c.capture_block;
    options.playback_block = c.playback_block;
    options.quality = c.quality;
    Joined run(options, {1000}, 200, -200);
    run.run_until(60);
    const double from_start =
        least_signal_to_noise_db(run.heard[0], 1000 * 1.0004, options.playback_hz, 2);
    const double settled =
        least_signal_to_noise_db(run.heard[0], 1000 * 1.0004, options.playback_hz, 30);
    MESSAGE(c.capture_hz << " to " << c.playback_hz << " Hz: " << from_start << " dB, settled "
                         << settled << " dB; latency " << run.clocks.latency_s() << " s");
    CHECK(from_start > 80);
    CHECK(settled > c.least_db);
    CHECK(run.clocks.underrun() == 0);
    CHECK(run.clocks.overrun() == 0);
    CHECK(run.clocks.restarts() == 0);
  }
}

TEST_CASE("two_clocks: the delay is what latency_s says, minutes later too") {
  constexpr double kHz = 20;  // a turn is longer than any delay here
  TwoClocksOptions options;
  options.channels = 2;
  options.capture_hz = 44100;
  options.capture_block = 441;
  options.playback_block = 64;
  Joined run(options, {kHz, 500}, -150, 200);
  run.run_until(180);
  for (const double at_s : {5.0, 60.0, 179.0}) {
    const auto first = static_cast<Index>(at_s * 48000);
    const Fit fit = fit_sine(run.heard[0].data() + first, 24001, kHz * (1 - 350e-6) / 48000);
    // Played frame m belongs to the callback m / block + 1; captured frame k to one of its own.
    const double now_s = (static_cast<double>(first) + 12000 + 64) / (48000 * (1 + 200e-6));
    const double turns = kHz * (1 - 150e-6) * now_s - fit.turns;
    const double delay_s = (turns - std::floor(turns)) / kHz;
    MESSAGE("after " << at_s << " s a delay of " << delay_s << " s, stated "
                     << run.clocks.latency_s());
    CHECK(delay_s == doctest::Approx(run.clocks.latency_s()).epsilon(0.02));
  }
}

TEST_CASE("two_clocks: stalls cost silence that is counted, and no delay") {
  for (const bool captures : {true, false}) {
    CAPTURE(captures);
    TwoClocksOptions options;
    options.channels = 1;
    options.capture_block = 64;
    options.playback_block = 441;
    Joined run(options, {1000}, 100, -100);
    run.run_until(10);
    (captures ? run.capture : run.playback).stall(3);
    run.run_until(12.9);
    if (captures) CHECK(silent_at_end(run.heard[0]) > 2.5 * 48000);
    run.run_until(40);
    CHECK(run.clocks.restarts() == 1);
    CHECK((run.clocks.overrun() > 48000) == !captures);
    // Three seconds that the capture did not deliver, or a new start's quarter.
    CHECK(run.clocks.underrun() > (captures ? 2.8 : 0.1) * 48000);
    CHECK(run.clocks.underrun() < (captures ? 3.6 : 0.6) * 48000);
    CHECK(std::abs(run.clocks.error()) < 10);
    CHECK(least_signal_to_noise_db(run.heard[0], 1000 * 1.0002, 48000, 25) > 110);
  }
}

TEST_CASE("two_clocks: nothing captured is silence, and blocks may be shorter than stated") {
  TwoClocksOptions options;
  options.channels = 3;
  TwoClocks clocks(options);
  Format format;
  format.channels = 3;
  SlabMemory out(format, 256), in(format, 256);
  for (Index n = 0; n < 3 * 256; ++n) out.slab().as<float>().data[n] = 1;
  clocks.take(out.slab(), 0);
  for (Index n = 0; n < 3 * 256; ++n) CHECK(out.slab().as<float>().data[n] == 0);
  CHECK(clocks.underrun() == 0);  // nothing has begun
  for (Index n = 0; n < 3 * 256; ++n)
    in.slab().as<float>().data[n] = static_cast<float>(1 + n / 256);
  double time_s = 0;
  for (int n = 0; n < 4000; ++n) {
    const Index frames = 1 + n * 37 % 256;
    time_s += static_cast<double>(frames) / 48000;
    clocks.put(in.slab().part(0, frames), time_s);
    clocks.take(out.slab().part(0, frames), time_s);
  }
  for (Index c = 0; c < 3; ++c)
    CHECK(*out.slab().as<float>().channel(c) ==
          doctest::Approx(static_cast<double>(1 + c)).epsilon(1e-3));
  CHECK(clocks.underrun() == 0);
  CHECK(clocks.ratio() == doctest::Approx(1).epsilon(1e-4));
}

TEST_CASE("two_clocks: refuses what cannot be joined") {
  const auto refused = [](auto&& change) {
    TwoClocksOptions options;
    change(options);
    CHECK_THROWS_AS(TwoClocks{options}, Error);
  };
  refused([](TwoClocksOptions& o) { o.channels = 0; });
  refused([](TwoClocksOptions& o) { o.channels = 129; });
  refused([](TwoClocksOptions& o) { o.capture_hz = 0; });
  refused([](TwoClocksOptions& o) { o.playback_hz = 48000.0 * 300; });
  refused([](TwoClocksOptions& o) { o.playback_block = 0; });
  refused([](TwoClocksOptions& o) { o.margin_s = -1; });
}

TEST_CASE("two_clocks: two threads at full speed only ever exchange whole frames") {
  TwoClocksOptions options;
  options.channels = 64;
  options.quality = ConverterQuality::fastest;
  TwoClocks clocks(options);
  Format format;
  format.channels = 64;
  std::thread capture([&] {
    SlabMemory in(format, 256);
    for (Index n = 0; n < 64 * 256; ++n) in.slab().as<float>().data[n] = 1;
    for (int n = 1; n <= 400; ++n) {
      clocks.put(in.slab(), n * 256 / 48000.0);
      std::this_thread::yield();
    }
  });
  SlabMemory out(format, 256);
  for (int n = 1; n <= 400; ++n) {
    clocks.take(out.slab(), n * 256 / 48000.0);
    const auto y = out.slab().as<float>();
    for (Index c = 1; c < 64; ++c) {
      REQUIRE(std::equal(y.channel(0), y.channel(0) + 256, y.channel(c)));
    }
    std::this_thread::yield();
  }
  capture.join();
}

TEST_CASE("two_clocks: a device that wants more than the stated block gets it, in order") {
  TwoClocksOptions options;
  options.playback_block = 64;
  options.margin_s = 0.1;
  options.quality = ConverterQuality::fastest;
  TwoClocks clocks(options);
  Format format;
  format.channels = options.channels;
  SlabMemory in(format, 1024), out(format, 1024);
  for (Index c = 0; c < options.channels; ++c) {
    for (Index n = 0; n < 1024; ++n) in.slab().as<float>().channel(c)[n] = c == 0 ? 0.25F : -0.5F;
  }
  for (int n = 1; n <= 100; ++n) {
    clocks.put(in.slab(), n * 1024 / 48000.0);
    clocks.take(out.slab(), n * 1024 / 48000.0);
  }
  CHECK(clocks.underrun() == 0);
  for (Index n = 0; n < 1024; ++n) {
    REQUIRE(out.slab().as<float>().channel(0)[n] == doctest::Approx(0.25).epsilon(1e-3));
    REQUIRE(out.slab().as<float>().channel(1)[n] == doctest::Approx(-0.5).epsilon(1e-3));
  }
}
