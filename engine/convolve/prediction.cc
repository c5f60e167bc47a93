// What the planner foretells from a machine's costs.
#include "engine/convolve/prediction.h"

#include <algorithm>
#include <cmath>

namespace faltung {
namespace {

constexpr double kFarCopies = 2.5;  // what a transform and back move besides, where it leaves level 3

double rounding(SampleType type) { return type == SampleType::float32 ? 0x1p-24 : 0x1p-53; }

// A rate known at two numbers of taps, on the logarithm between them.
double interpolated(double taps, double few, double rate_few, double many, double rate_many) {
  const double at = std::clamp(std::log(taps / few) / std::log(many / few), -0.5, 1.0);
  return std::max(rate_few + at * (rate_many - rate_few), rate_few / 2);
}

}  // namespace

double line_transform_seconds(const Costs::OfType& c, Index samples) noexcept {
  // Between two measured sizes the cost for each sample is interpolated on the logarithm.
  const double last = static_cast<double>(c.lines.size() - 1);
  const double at = std::clamp((std::log2(static_cast<double>(samples)) - 6) / 2, 0.0, last);
  const std::size_t i = static_cast<std::size_t>(std::min(at, last - 1));
  const auto per_sample = [&](std::size_t n) { return c.lines[n] / static_cast<double>(Index{64} << 2 * n); };
  const double share = at - static_cast<double>(i);
  return static_cast<double>(samples) * ((1 - share) * per_sample(i) + share * per_sample(i + 1));
}

double rows_rate(const Costs::OfType& c, double taps) noexcept {
  return taps < 5 ? interpolated(taps, 3, c.rows_small, 5, c.rows_middle)
                  : interpolated(taps, 5, c.rows_middle, 15, c.rows_large);
}

double line_rate(const Costs::OfType& c, double taps) noexcept {
  return interpolated(taps, 3, c.line_small, 32, c.line);
}

double run_rate(const Costs::OfType& c, double taps) noexcept {
  if (taps >= 32) return c.line;
  const double few = taps < 3 ? 1 : 3, many = taps < 3 ? 3 : 32;
  const double share = std::log(std::max(taps, 1.0) / few) / std::log(many / few);
  return taps < 3 ? c.scattered + share * (c.line_small - c.scattered)
                  : c.line_small + share * (c.line - c.line_small);
}

double transform_rate(const Costs::OfType& c, double samples) noexcept {
  return c.transform + far_share(samples) * kFarCopies * c.copy / std::log2(samples);
}

double far_share(double samples) noexcept {
  constexpr double kNear = 21, kFar = 22;  // log2: where spectra of float32 leave level 3
  return std::clamp((std::log2(samples) - kNear) / (kFar - kNear), 0.0, 1.0);
}

double spectra_rate(const Costs::OfType& c, double bytes) noexcept {
  // Seconds for each operation, interpolated on the logarithm of the size.
  const double sizes[] = {kNearBytes, kMiddleBytes, kFarBytes};
  const double rates[] = {c.spectra_near, c.spectra, c.spectra_far};
  const int i = bytes < kMiddleBytes ? 0 : 1;
  const double share =
      std::clamp(std::log(bytes / sizes[i]) / std::log(sizes[i + 1] / sizes[i]), 0.0, 1.0);
  return 1 / ((1 - share) / rates[i] + share / rates[i + 1]);
}

double direct_error(SampleType type, double taps) noexcept {
  return rounding(type) * (1 + 0.5 * std::sqrt(taps));
}

double transform_error(SampleType type, double samples) noexcept {
  return rounding(type) * (1 + 2 * std::sqrt(std::log2(std::max(samples, 2.0))));
}

}  // namespace faltung
