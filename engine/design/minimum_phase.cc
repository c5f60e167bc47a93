// Responses of minimum phase, by the real cepstrum.
#include "engine/design/minimum_phase.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <cstdio>

#include "engine/fft/ordered.h"

namespace faltung {
namespace {

constexpr std::size_t kMostTaps = std::size_t{1} << 21;  // 43 s at 48 kHz
constexpr std::size_t kLargestGrid = std::size_t{1} << 24;
constexpr std::size_t kSmallestGrid = std::size_t{1} << 14;  // points cost nothing for short ones
constexpr std::size_t kGridGrowth = 4;
constexpr std::size_t kGridPerTap = 8;    // below, the cepstrum of any room's response aliases
constexpr std::size_t kCheckPerTap = 16;  // misses at most 1 − cos(π/32) = 0.5% of an error
constexpr double kFloor = 1e-7;           // of the loudest magnitude: −140 dB
constexpr double kWanted = 1e-4;
constexpr double kAllowed = 1e-2;

std::size_t grid_for(std::size_t taps, std::size_t per_tap) {
  return std::bit_ceil(std::max(taps * per_tap, kSmallestGrid));
}

std::vector<double> magnitudes(std::span<const double> taps, std::size_t grid) {
  std::vector<double> result;
  result.reserve(grid / 2 + 1);
  for (const auto& bin : ordered_spectrum(taps, static_cast<Index>(grid))) {
    result.push_back(std::abs(bin));
  }
  return result;
}

double largest(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}

// The cepstrum of log |H|, folded: times 2 at positive times, 0 at negative ones.
std::vector<double> folded_cepstrum(const std::vector<double>& magnitude) {
  const double floor = kFloor * largest(magnitude);
  std::vector<std::complex<double>> logarithms;
  logarithms.reserve(magnitude.size());
  for (const double m : magnitude) logarithms.emplace_back(std::log(std::max(m, floor)));
  std::vector<double> cepstrum = signal_of_spectrum(std::move(logarithms));
  const std::size_t half = cepstrum.size() / 2;
  for (std::size_t n = 1; n < half; ++n) cepstrum[n] *= 2;
  std::fill(cepstrum.begin() + static_cast<std::ptrdiff_t>(half) + 1, cepstrum.end(), 0.0);
  return cepstrum;
}

std::vector<double> on_grid(std::span<const double> taps, std::size_t grid) {
  const std::vector<double> cepstrum = folded_cepstrum(magnitudes(taps, grid));
  auto bins = ordered_spectrum(cepstrum, static_cast<Index>(grid));
  for (auto& bin : bins) bin = std::exp(bin);
  std::vector<double> result = signal_of_spectrum(std::move(bins));
  result.resize(taps.size());
  return result;
}

double largest_change(const std::vector<double>& from, const std::vector<double>& to) {
  double change = 0;
  for (std::size_t k = 0; k < from.size(); ++k) {
    change = std::max(change, std::abs(to[k] - from[k]));
  }
  return change / largest(from);
}

}  // namespace

MinimumPhase minimum_phase(std::span<const double> taps) {
  if (taps.size() > kMostTaps) {
    throw Error(Code::configuration, "minimum phase of " + std::to_string(taps.size()) +
                                         " taps; allowed: at most " + std::to_string(kMostTaps));
  }
  const std::size_t check = grid_for(taps.size(), kCheckPerTap);
  const std::vector<double> wanted = magnitudes(taps, check);
  if (largest(wanted) == 0) return {{taps.begin(), taps.end()}, 0};
  MinimumPhase best;
  best.error = HUGE_VAL;
  for (std::size_t grid = grid_for(taps.size(), kGridPerTap);
       grid <= kLargestGrid && best.error > kWanted; grid *= kGridGrowth) {
    std::vector<double> candidate = on_grid(taps, grid);
    const double error = largest_change(wanted, magnitudes(candidate, check));
    if (error < best.error) best = {std::move(candidate), error};
  }
  if (best.error > kAllowed) {
    char text[200];
    std::snprintf(text, sizeof text,
                  "minimum phase: zeros too close to the unit circle, the magnitude would change "
                  "by %.2g of the loudest; allowed: %g",
                  best.error, kAllowed);
    throw Error(Code::configuration, text);
  }
  return best;
}

}  // namespace faltung
