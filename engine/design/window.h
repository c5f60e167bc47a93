// Windows that taper a truncated ideal response: Kaiser, Hann, Blackman, rectangular.
//
// All are symmetric: w[n] = w[taps − 1 − n], largest (1) in the middle; one tap is 1.
// Source: Kaiser 1974, "Nonrecursive digital filter design using the I0-sinh window function";
// Harris 1978, "On the use of windows for harmonic analysis".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/nd/shape.h"

namespace faltung {

enum class Window { kaiser, hann, blackman, rectangular };

const char* name(Window window) noexcept;
std::optional<Window> window_from_name(std::string_view name);
std::string window_names();  // "kaiser, hann, …", for messages

// The Kaiser window's beta for a stop band this far down (Kaiser 1974, his piecewise fit).
double kaiser_beta(double attenuation_db) noexcept;

// The Kaiser window at any place: x = 0 is its middle (1), −1 and 1 its ends, beyond them 0.
double kaiser_window(double x, double beta) noexcept;

// How far down a filter's stop band lies with this window; the Kaiser window has what is asked.
double stop_band_db(Window window, double kaiser_attenuation_db) noexcept;

// taps >= 1. `kaiser_attenuation_db` matters to the Kaiser window only.
std::vector<double> make_window(Window window, Index taps, double kaiser_attenuation_db);

}  // namespace faltung
