// Where the noise of rounding goes: filters for error feedback.
//
// With e the error of a rounding, its input gets Σ_k taps[k]·e[n − 1 − k] subtracted, so that the
// noise of the output has the spectrum |1 − Σ taps[k]·z^(−1−k)|². Its mean in decibels is 0 at best
// (Gerzon & Craven 1989, "Optimal noise shaping and dither of digital signals", AES 87): what is
// less here is more there.
#pragma once

#include <string>
#include <vector>

namespace faltung {

enum class NoiseShape {
  none,        // white
  lipshitz,    // 5 taps, after Lipshitz, Vanderkooy & Wannamaker 1991, "Minimally audible noise
               // shaping", JAES 39(11)
  wannamaker,  // 9 taps, F-weighted, after Wannamaker 1992, "Psychoacoustically optimal noise
               // shaping", JAES 40(7/8). Both with the numbers that SoX and FFmpeg have, made for
               // 44.1 kHz; at 48 kHz the curve lies 9% higher
  hearing,  // for every rate from 8 kHz: the best of kHearingTaps against the threshold of hearing
};

inline constexpr int kHearingTaps = 9;

std::vector<std::string> noise_shape_names();  // in the order of the enumeration

// Throws Error{configuration}: a rate that the shape is not for.
std::vector<double> make_noise_shape(NoiseShape shape, double rate_hz);

}  // namespace faltung
