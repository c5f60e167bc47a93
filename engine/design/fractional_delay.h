// Delays between two samples: short responses that shift a signal by any real number of samples.
//
// The ideal one is a shifted sinc without end. Here it is centred around the delay and either
// multiplied by a Kaiser window, or replaced by Lagrange's polynomial through as many samples,
// which is exact for constants and best for low frequencies. Against an ideal delay a windowed sinc
// of kDelayReach is right within kSincError up to kSincBand of half the rate; a Lagrange
// interpolator of 2, 4, 8, 16, 32 or 62 taps within 1e-3 (−60 dB) up to 0.02, 0.14, 0.32, 0.49,
// 0.63 or 0.73 of it, for the fraction 0.5, the worst: measured, and tested.
// Source: Laakso, Välimäki, Karjalainen & Laine 1996, "Splitting the unit delay", IEEE Signal
// Processing Magazine 13(1).
#pragma once

#include <vector>

#include "engine/nd/shape.h"

namespace faltung {

inline constexpr Index kDelayReach = 32;      // taps on either side
inline constexpr double kSincError = 2.5e-5;  // −92 dB, relative to the gain of 1
inline constexpr double kSincBand = 0.9;      // 21.6 kHz at 48 kHz

inline constexpr double kWholePositions = 1e-6;  // nearer to a whole number: taken as that

enum class Interpolation { sinc, lagrange, nearest };

// taps[k] belongs to the delay first + k. One tap: a whole number of samples.
struct FractionalDelay {
  Index first = 0;
  std::vector<double> taps = {1.0};
};

// Causal: first >= 0. `samples` is at least 0.
// A sinc that would begin before 0 becomes the Lagrange interpolator that does not.
FractionalDelay make_fractional_delay(double samples, Interpolation interpolation);

// 2 · reach taps of a Kaiser-windowed sinc, the delay being reach − 1 + fraction; their sum is 1.
std::vector<double> fractional_sinc(double fraction, Index reach, double attenuation_db);

}  // namespace faltung
