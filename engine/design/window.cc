// Windows that taper a truncated ideal response: Kaiser, Hann, Blackman, rectangular.
#include "engine/design/window.h"

#include <array>
#include <cmath>
#include <numbers>

namespace faltung {
namespace {

constexpr std::array<const char*, 4> kNames = {"kaiser", "hann", "blackman", "rectangular"};

// Modified Bessel function of the first kind, order 0: Σ ((x/2)^k / k!)². All terms are positive,
// so that nothing cancels; for the x of windows (below 25) some 50 terms reach the last bit.
double bessel_i0(double x) noexcept {
  double term = 1;
  double sum = 1;
  for (int k = 1; term > sum * 1e-17; ++k) {
    const double factor = x / (2 * k);
    term *= factor * factor;
    sum += term;
  }
  return sum;
}

}  // namespace

const char* name(Window window) noexcept { return kNames[static_cast<std::size_t>(window)]; }

std::optional<Window> window_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<Window>(i);
  }
  return std::nullopt;
}

std::string window_names() {
  std::string result;
  for (const char* name : kNames) result += (result.empty() ? "" : ", ") + std::string(name);
  return result;
}

double kaiser_beta(double attenuation_db) noexcept {
  const double a = attenuation_db;
  if (a > 50) return 0.1102 * (a - 8.7);
  if (a > 21) return 0.5842 * std::pow(a - 21, 0.4) + 0.07886 * (a - 21);
  return 0;
}

double kaiser_window(double x, double beta) noexcept {
  return x * x > 1 ? 0 : bessel_i0(beta * std::sqrt(1 - x * x)) / bessel_i0(beta);
}

double stop_band_db(Window window, double kaiser_attenuation_db) noexcept {
  switch (window) {
    case Window::kaiser: return kaiser_attenuation_db;
    case Window::hann: return 44;
    case Window::blackman: return 74;
    case Window::rectangular: return 21;
  }
  return 0;
}

std::vector<double> make_window(Window window, Index taps, double kaiser_attenuation_db) {
  std::vector<double> w(static_cast<std::size_t>(taps), 1.0);
  if (taps == 1 || window == Window::rectangular) return w;
  const double last = static_cast<double>(taps - 1);
  const double beta = kaiser_beta(kaiser_attenuation_db);
  for (std::size_t n = 0; n < w.size(); ++n) {
    // From the nearer end, so that both halves are the same to the last bit.
    const double from_end = std::fmin(static_cast<double>(n), last - static_cast<double>(n));
    const double phase = 2 * std::numbers::pi * from_end / last;
    if (window == Window::hann) {
      w[n] = 0.5 - 0.5 * std::cos(phase);
    } else if (window == Window::blackman) {
      w[n] = 0.42 - 0.5 * std::cos(phase) + 0.08 * std::cos(2 * phase);
    } else {
      w[n] = kaiser_window(1 - 2 * from_end / last, beta);
    }
  }
  return w;
}

}  // namespace faltung
