// Where the noise of rounding goes: filters for error feedback.
#include "engine/design/noise_shape.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/design/number_text.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

constexpr double kLowestHz = 44000, kHighestHz = 48100;  // of the published filters
constexpr double kLowestHearingHz = 8000;
constexpr double kLowestThresholdHz = 20;
// Of the threshold what lies within so much of its lowest point: more would put the noise of 16
// bits at −70 dB where nobody hears it, for 4 dB less where one does.
constexpr double kSpreadDb = 40;
constexpr int kBins = 2048;

// The threshold of hearing in quiet, dB SPL: Terhardt 1979, "Calculating virtual pitch".
double threshold_db(double hz) {
  const double khz = std::max(hz, kLowestThresholdHz) / 1000;
  return 3.64 * std::pow(khz, -0.8) - 6.5 * std::exp(-0.6 * (khz - 3.3) * (khz - 3.3)) +
         1e-3 * std::pow(khz, 4);
}

// How much noise counts: the inverse of the threshold, at kBins + 1 frequencies up to half the
// rate.
std::vector<double> audibility(double rate_hz) {
  std::vector<double> db;
  for (int k = 0; k <= kBins; ++k) db.push_back(threshold_db(rate_hz / 2 * k / kBins));
  const double lowest = *std::min_element(db.begin(), db.end());
  for (double& value : db) value = std::pow(10.0, -std::min(value - lowest, kSpreadDb) / 10);
  return db;
}

// Lags 0 to `taps` of what has this power spectrum.
std::vector<double> autocorrelation(const std::vector<double>& power, int taps) {
  std::vector<double> lags;
  for (int m = 0; m <= taps; ++m) {
    double sum = 0;
    for (int k = 0; k <= kBins; ++k) {
      const double weight = k == 0 || k == kBins ? 0.5 : 1;
      sum +=
          weight * power[static_cast<std::size_t>(k)] * std::cos(std::numbers::pi * m * k / kBins);
    }
    lags.push_back(sum);
  }
  return lags;
}

// The predictor whose error is smallest: Levinson & Durbin. Weighted by `lags` no other noise
// filter of so many taps has less power, and its zeros lie inside the unit circle.
std::vector<double> predictor(const std::vector<double>& lags) {
  std::vector<double> taps;
  double error = lags[0];
  for (std::size_t order = 1; order < lags.size(); ++order) {
    double reflection = lags[order];
    for (std::size_t j = 0; j < taps.size(); ++j) reflection -= taps[j] * lags[order - 1 - j];
    reflection /= error;
    const std::vector<double> before = taps;
    for (std::size_t j = 0; j < taps.size(); ++j) {
      taps[j] -= reflection * before[before.size() - 1 - j];
    }
    taps.push_back(reflection);
    error *= 1 - reflection * reflection;
  }
  return taps;
}

}  // namespace

std::vector<std::string> noise_shape_names() {
  return {"none", "lipshitz", "wannamaker", "hearing"};
}

std::vector<double> make_noise_shape(NoiseShape shape, double rate_hz) {
  if (shape == NoiseShape::none) return {};
  const bool any = shape == NoiseShape::hearing;
  const std::string name = noise_shape_names()[static_cast<std::size_t>(shape)];
  if (any ? rate_hz < kLowestHearingHz : rate_hz < kLowestHz || rate_hz > kHighestHz) {
    throw Error(Code::configuration,
                "noise shape '" + name + "' at " + number_text(rate_hz) + " Hz; allowed: " +
                    (any ? "8000 Hz and more" : "44100 and 48000 Hz; 'hearing' is for every rate"));
  }
  if (any) return predictor(autocorrelation(audibility(rate_hz), kHearingTaps));
  if (shape == NoiseShape::lipshitz) return {2.033, -2.165, 1.959, -1.590, 0.6149};
  return {2.412, -3.370, 3.937, -4.174, 3.353, -2.205, 1.281, -0.569, 0.0847};
}

}  // namespace faltung
