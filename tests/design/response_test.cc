// Magnitude responses, and responses at another rate.
#include "engine/design/response.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/design/designs.h"
#include "engine/design/resample.h"

namespace faltung {
namespace {

Kernel delta_at(Index position, Index taps, double rate_hz) {
  Kernel kernel;
  kernel.values = Array<double>({taps});
  kernel.values[position] = 1;
  kernel.rate_hz = rate_hz;
  return kernel;
}

std::span<const double> taps_of(const Kernel& kernel) {
  return {kernel.values.data(), static_cast<std::size_t>(kernel.values.size())};
}

}  // namespace

TEST_CASE("response: a delay has gain 1 everywhere, a mean of two is a cosine") {
  const std::vector<double> frequencies = {0, 0.01, 0.1, 0.25, 0.5};
  for (const double db : magnitude_db(taps_of(delta_at(9000, 9001, 0)), frequencies)) {
    CHECK(std::abs(db) < 1e-10);
  }
  const std::vector<double> mean = {0.5, 0.5};
  const auto db = magnitude_db(mean, frequencies);
  for (std::size_t i = 0; i + 1 < frequencies.size(); ++i) {
    CHECK(db[i] == doctest::Approx(20 * std::log10(std::cos(M_PI * frequencies[i]))));
  }
  CHECK(db.back() < -300);
}

TEST_CASE("response: in two dimensions a separable kernel is the sum of its axes in dB") {
  const Kernel blur = make_design("gaussian", {{"sigma", std::vector<double>{1, 2}}}, 0, 2);
  const Kernel rows = make_design("gaussian", {{"sigma", 1.0}}, 0, 1);
  const Kernel cols = make_design("gaussian", {{"sigma", 2.0}}, 0, 1);
  const std::vector<double> f = {-0.1, 0, 0.05};
  const auto both = magnitude_db_2d(blur.values, f);
  const auto down = magnitude_db(taps_of(rows), f);
  const auto across = magnitude_db(taps_of(cols), f);
  for (Index v = 0; v < 3; ++v) {
    for (Index u = 0; u < 3; ++u) {
      CHECK(both({v, u}) == doctest::Approx(down[static_cast<std::size_t>(v)] +
                                            across[static_cast<std::size_t>(u)]));
    }
  }
}

TEST_CASE("resample: a delta stays at its place, and its gain stays 1") {
  for (const double to_hz : {96000.0, 44100.0, 32000.0}) {
    const Kernel moved = resample(delta_at(4800, 9600, 48000), to_hz);
    CHECK(moved.rate_hz == to_hz);
    CHECK(moved.values.size() == static_cast<Index>(std::ceil(9600 * to_hz / 48000)));
    const auto largest = std::max_element(moved.values.begin(), moved.values.end());
    CHECK(largest - moved.values.begin() == std::lround(4800 * to_hz / 48000));
    // Below half the narrower rate, where the interpolation is flat.
    const double edge = 0.45 * std::min(1.0, 48000 / to_hz);
    const std::vector<double> frequencies = {0, 0.1, 0.3 * edge, edge};
    for (const double db : magnitude_db(taps_of(moved), frequencies)) {
      CHECK(std::abs(db) < 0.001);
    }
  }
}

TEST_CASE("resample: a low-pass keeps its response below both halves of the rates") {
  const Kernel filter =
      make_design("lowpass", {{"cutoff_hz", 4000.0}, {"taps", 1023.0}}, 44100, 1);
  for (const double to_hz : {48000.0, 96000.0, 22050.0}) {
    const Kernel moved = resample(filter, to_hz);
    for (const double hz : {0.0, 100.0, 1000.0, 3900.0, 4000.0, 4050.0}) {
      const double was = magnitude_db(taps_of(filter), std::vector<double>{hz / 44100})[0];
      const double is = magnitude_db(taps_of(moved), std::vector<double>{hz / to_hz})[0];
      CHECK(std::abs(is - was) < 0.002);
    }
    CHECK(magnitude_db(taps_of(moved), std::vector<double>{5000 / to_hz})[0] < -79);
  }
}

TEST_CASE("resample: channels are resampled each for itself") {
  Kernel stereo;
  stereo.rate_hz = 44100;
  stereo.values = Array<double>({2, 2000});
  stereo.values({0, 500}) = 1;
  stereo.values({1, 1000}) = -3;
  const Kernel moved = resample(stereo, 88200);
  REQUIRE(moved.values.extents() == Shape{2, 4000});
  CHECK(moved.values({0, 1000}) == doctest::Approx(0.5).epsilon(0.1));  // scaled by from / to
  CHECK(moved.values({1, 2000}) == doctest::Approx(-3 * moved.values({0, 1000})).epsilon(1e-5));
}

TEST_CASE("resample: rates that cannot be had are refused with both values") {
  CHECK_THROWS_WITH_AS(resample(delta_at(0, 10, 48000), 100), doctest::Contains("48000 to 100 Hz"),
                       Error);
  CHECK_THROWS_AS(resample(delta_at(0, 10, 48000), 0), Error);
  CHECK_THROWS_WITH_AS(resample(delta_at(0, 10, 0), 48000), doctest::Contains("no rate"), Error);
}

}  // namespace faltung
