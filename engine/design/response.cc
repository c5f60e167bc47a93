// Magnitude responses of kernels, by evaluating their Fourier sums one frequency at a time.
#include "engine/design/response.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace faltung {
namespace {

using Complex = std::complex<double>;

double decibels(double magnitude) {
  return magnitude > 0 ? std::max(20 * std::log10(magnitude), kSilenceDb) : kSilenceDb;
}

// Σ tap[m] e^(−2πi f m). The phasor turns by multiplication and starts afresh every so often, so
// that its rounding stays that of a few hundred products.
template <class Tap>
Complex fourier_sum(std::span<const Tap> taps, double frequency) {
  constexpr std::size_t kFresh = 256;
  const double turn = -2 * std::numbers::pi * frequency;
  const Complex step = std::polar(1.0, turn);
  Complex sum = 0;
  for (std::size_t first = 0; first < taps.size(); first += kFresh) {
    Complex phasor = std::polar(1.0, turn * static_cast<double>(first));
    for (std::size_t m = first; m < std::min(first + kFresh, taps.size()); ++m) {
      sum += taps[m] * phasor;
      phasor = {phasor.real() * step.real() - phasor.imag() * step.imag(),
                phasor.real() * step.imag() + phasor.imag() * step.real()};
    }
  }
  return sum;
}

}  // namespace

std::vector<double> magnitude_db(std::span<const double> taps,
                                 std::span<const double> frequencies) {
  std::vector<double> result;
  for (const double f : frequencies) result.push_back(decibels(std::abs(fourier_sum(taps, f))));
  return result;
}

Array<double> magnitude_db_2d(const Array<double>& kernel, std::span<const double> frequencies) {
  const auto rows = static_cast<std::size_t>(kernel.extents()[0]);
  const auto cols = static_cast<std::size_t>(kernel.extents()[1]);
  const auto count = static_cast<Index>(frequencies.size());
  Array<double> result({count, count});
  std::vector<Complex> column(rows);
  for (Index u = 0; u < count; ++u) {
    const double across = frequencies[static_cast<std::size_t>(u)];
    for (std::size_t r = 0; r < rows; ++r) {
      column[r] = fourier_sum(std::span(kernel.data() + r * cols, cols), across);
    }
    for (Index v = 0; v < count; ++v) {
      const double down = frequencies[static_cast<std::size_t>(v)];
      result({v, u}) =
          decibels(std::abs(fourier_sum(std::span<const Complex>(column), down)));
    }
  }
  return result;
}

}  // namespace faltung
