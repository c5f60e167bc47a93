// Spectra in the order of frequency.
#include "engine/fft/ordered.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <random>

using namespace faltung;

TEST_CASE("ordered: a cosine is one bin, and an impulse all of them") {
  std::vector<double> cosine(48);
  for (std::size_t n = 0; n < 48; ++n) {
    cosine[n] = std::cos(2 * std::numbers::pi * 5 * static_cast<double>(n) / 48);
  }
  const auto bins = ordered_spectrum(cosine, 48);
  REQUIRE(bins.size() == 25);
  for (std::size_t k = 0; k < 25; ++k) {
    CHECK(std::abs(bins[k] - (k == 5 ? 24.0 : 0.0)) < 1e-12);
  }
  for (const auto& bin : ordered_spectrum(std::vector<double>{1}, 20)) {
    CHECK(std::abs(bin - 1.0) < 1e-15);
  }
}

TEST_CASE("ordered: the inverse gives the signal and the zeros behind it") {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<double> signal(1000);
  for (double& x : signal) x = uniform(random);
  const std::vector<double> back = signal_of_spectrum(ordered_spectrum(signal, 1500));
  REQUIRE(back.size() == 1500);
  for (std::size_t n = 0; n < 1500; ++n) {
    CHECK(std::abs(back[n] - (n < 1000 ? signal[n] : 0)) < 1e-14);
  }
}
