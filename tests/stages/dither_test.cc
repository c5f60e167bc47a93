// Dither: on the grid, free of the signal, with the noise where its shape says.
#include "engine/stages/dither.h"

#include <cmath>
#include <complex>
#include <numbers>

#include "tests/stages/refusal.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

double step_of(int bits) { return std::ldexp(1.0, 1 - bits); }

// The error in steps of the quantiser, of one channel of a quiet sine.
std::vector<double> error_of(const DitherOptions& options, Index frames, double amplitude,
                             double rate = 48000) {
  Signal in = noise(1, Shape{frames}, SampleType::float64);
  in.format.rate_hz = rate;
  for (Index n = 0; n < frames; ++n) {
    in.at(0, n) = amplitude * step_of(options.bits) * std::sin(0.0371 * static_cast<double>(n));
  }
  const Signal out = run(*make_dither(options), in, {512});
  std::vector<double> error;
  for (std::size_t n = 0; n < out.values.size(); ++n) {
    error.push_back((out.values[n] - in.values[n]) / step_of(options.bits));
  }
  return error;
}

double mean_of(const std::vector<double>& x, double power) {
  double sum = 0;
  for (const double v : x) sum += std::pow(v, power);
  return sum / static_cast<double>(x.size());
}

// Power in a band of frequencies, w from `low` to `high` in radians, by averaged periodograms.
double band_power(const std::vector<double>& x, double low, double high) {
  constexpr std::size_t kBlock = 256;
  double power = 0;
  int bins = 0;
  for (std::size_t k = 1; k < kBlock / 2; ++k) {
    const double w = 2 * std::numbers::pi * static_cast<double>(k) / kBlock;
    if (w < low || w > high) continue;
    ++bins;
    for (std::size_t first = 0; first + kBlock <= x.size(); first += kBlock) {
      std::complex<double> sum = 0;
      for (std::size_t n = 0; n < kBlock; ++n) {
        const double hann = 1 - std::cos(2 * std::numbers::pi * static_cast<double>(n) / kBlock);
        sum += hann * x[first + n] * std::polar(1.0, -w * static_cast<double>(n));
      }
      power += std::norm(sum);
    }
  }
  const double blocks = std::floor(static_cast<double>(x.size()) / kBlock);
  return power / (1.5 * kBlock * bins * blocks);  // 1 for white noise of power 1
}

double shaped(const std::vector<double>& taps, double w) {
  std::complex<double> gain = 1;
  for (std::size_t k = 0; k < taps.size(); ++k) {
    gain -= taps[k] * std::polar(1.0, -w * static_cast<double>(k + 1));
  }
  return std::norm(gain);
}

double db(double power) { return 10 * std::log10(power); }

}  // namespace

TEST_CASE("dither: every sample is a whole step within full scale, however it is cut") {
  for (int bits : {8, 16, 24}) {
    for (NoiseShape shape : {NoiseShape::none, NoiseShape::hearing}) {
      CAPTURE(bits);
      DitherOptions options;
      options.bits = bits;
      options.shape = shape;
      for (SampleType type : {SampleType::float32, SampleType::float64}) {
        Signal in = noise(2, Shape{600}, type);
        for (double& x : in.values) x = static_cast<float>(1.2 * x);
        const Signal out = check_slab_invariance([&] { return make_dither(options); }, in);
        for (const double y : out.values) {
          CHECK(y / step_of(bits) == std::rint(y / step_of(bits)));
          CHECK(y >= -1);
          CHECK(y <= 1 - step_of(bits));
        }
      }
    }
  }
}

TEST_CASE("dither: without noise and shape it rounds to the nearest step") {
  DitherOptions options;
  options.noise = DitherNoise::none;
  for (const double e : error_of(options, 5000, 300)) CHECK(std::abs(e) <= 0.5);
}

TEST_CASE("dither: triangular noise makes mean and power of the error independent of the signal") {
  for (const double amplitude : {0.0, 0.3, 0.9, 50.3}) {
    CAPTURE(amplitude);
    const std::vector<double> e = error_of({}, 1 << 17, amplitude);
    CHECK(std::abs(mean_of(e, 1)) < 0.01);
    CHECK(mean_of(e, 2) == doctest::Approx(0.25).epsilon(0.02));  // 3 · 1/12 of a step²
  }
  DitherOptions options;
  options.noise = DitherNoise::rectangular;
  CHECK(mean_of(error_of(options, 1 << 17, 50.3), 2) == doctest::Approx(2.0 / 12).epsilon(0.02));
}

TEST_CASE("dither: is white without a shape, and different in every channel and for every seed") {
  const std::vector<double> e = error_of({}, 1 << 17, 0.7);
  for (double w = 0.1; w < 3; w += 0.4) {
    CHECK(std::abs(db(band_power(e, w, w + 0.3) / 0.25)) < 0.5);
  }
  Signal in = noise(2, Shape{400}, SampleType::float64);
  for (double& x : in.values) x = 0;
  const Signal first = run(*make_dither({}), in, {64});
  DitherOptions other;
  other.seed = 2;
  const Signal second = run(*make_dither(other), in, {64});
  const std::vector<double> left(first.values.begin(), first.values.begin() + 400);
  CHECK(left != std::vector<double>(first.values.begin() + 400, first.values.end()));
  CHECK(first.values != second.values);
}

TEST_CASE("dither: shaped noise has its shape's spectrum") {
  for (NoiseShape shape : {NoiseShape::lipshitz, NoiseShape::wannamaker, NoiseShape::hearing}) {
    CAPTURE(static_cast<int>(shape));
    DitherOptions options;
    options.shape = shape;
    const std::vector<double> taps = make_noise_shape(shape, 48000);
    const std::vector<double> e = error_of(options, 1 << 17, 20.3);
    for (double w = 0.1; w < 3; w += 0.3) {
      double wanted = 0;
      for (int i = 0; i < 60; ++i) wanted += shaped(taps, w + 0.3 * (i + 0.5) / 60) / 60;
      CAPTURE(w);
      CHECK(std::abs(db(band_power(e, w, w + 0.3) / (0.25 * wanted))) < 1.5);
    }
  }
}

TEST_CASE("dither: shapes obey Gerzon and Craven's theorem, and `hearing` is quiet at 3 kHz") {
  for (double rate : {8000.0, 22050.0, 44100.0, 48000.0, 96000.0, 192000.0}) {
    for (NoiseShape shape : {NoiseShape::lipshitz, NoiseShape::wannamaker, NoiseShape::hearing}) {
      if (shape != NoiseShape::hearing && (rate < 44000 || rate > 48000)) continue;
      CAPTURE(rate);
      const std::vector<double> taps = make_noise_shape(shape, rate);
      double mean = 0, most = -1e9;
      for (int i = 0; i < 4000; ++i) {
        const double here = db(shaped(taps, std::numbers::pi * (i + 0.5) / 4000));
        mean += here / 4000;
        most = std::max(most, here);
      }
      CHECK(std::abs(mean) < 0.05);  // 0: all zeros within the unit circle
      CHECK(most < 32);
      const double quiet = db(shaped(taps, 2 * std::numbers::pi * 3300 / rate));
      CHECK(quiet < (rate < 30000 ? -5 : -15));
    }
  }
}

TEST_CASE("dither: refuses what makes no sense") {
  const Signal in = noise(1, Shape{8});
  DitherOptions options;
  options.bits = 25;
  CHECK(refusal(make_dither(options), in) == "dither to 25 bits; allowed: 8 to 24");
  CHECK(refusal(make_dither({}), noise(1, Shape{8, 8})).starts_with("dither is for series"));
  Signal fast = in;
  fast.format.rate_hz = 96000;
  options = {16, DitherNoise::triangular, NoiseShape::lipshitz, 1};
  CHECK(refusal(make_dither(options), fast) ==
        "noise shape 'lipshitz' at 96000 Hz; allowed: 44100 and 48000 Hz; 'hearing' is for every "
        "rate");
}
