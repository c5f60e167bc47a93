// Delays between two samples: short responses that shift a signal by any real number of samples.
#include "engine/design/fractional_delay.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/design/window.h"

namespace faltung {
namespace {

constexpr double kAttenuationDb = 100;  // of 64 taps: the best up to kSincBand

double sinc(double x) {
  return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

// Π over the other taps j of (delay − j) / (k − j).
std::vector<double> lagrange(double delay, Index taps) {
  std::vector<double> result(static_cast<std::size_t>(taps), 1.0);
  for (Index k = 0; k < taps; ++k) {
    for (Index j = 0; j < taps; ++j) {
      if (j == k) continue;
      result[static_cast<std::size_t>(k)] *=
          (delay - static_cast<double>(j)) / static_cast<double>(k - j);
    }
  }
  return result;
}

}  // namespace

FractionalDelay make_fractional_delay(double samples, Interpolation interpolation) {
  const double nearest = std::round(samples);
  if (interpolation == Interpolation::nearest || std::abs(samples - nearest) < kWholePositions) {
    return {static_cast<Index>(nearest), {1.0}};
  }
  const Index before = static_cast<Index>(std::floor(samples));  // the last tap not too late
  const double fraction = samples - std::floor(samples);
  const Index reach = std::min(before + 1, kDelayReach);
  FractionalDelay result;
  result.first = before - (reach - 1);
  const bool room = interpolation == Interpolation::sinc && reach == kDelayReach;
  result.taps = room ? fractional_sinc(fraction, reach, kAttenuationDb)
                     : lagrange(static_cast<double>(reach - 1) + fraction, 2 * reach);
  return result;
}

std::vector<double> fractional_sinc(double fraction, Index reach, double attenuation_db) {
  const double beta = kaiser_beta(attenuation_db);
  std::vector<double> taps;
  double sum = 0;
  for (Index k = 0; k < 2 * reach; ++k) {
    const double x = static_cast<double>(k - (reach - 1)) - fraction;
    taps.push_back(sinc(x) * kaiser_window(x / static_cast<double>(reach), beta));
    sum += taps.back();
  }
  for (double& tap : taps) tap /= sum;
  return taps;
}

}  // namespace faltung
