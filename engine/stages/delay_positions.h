// How many positions a delay is: frames, time, or the way that sound takes.
#pragma once

#include <string>

#include "engine/stream/format.h"

namespace faltung {

inline constexpr Index kLongestDelay = Index{1} << 28;  // more than an hour at 48 kHz
inline constexpr double kSpeedOfSound = 343;            // m/s, in air of 20 °C

enum class DelayUnit { samples, ms, metres };  // metres: as far as sound gets

const char* name(DelayUnit unit) noexcept;  // "samples", …

// Errors: negative or longer than kLongestDelay; ms or metres where the signal has no rate.
double delay_positions(double value, DelayUnit unit, double speed_of_sound, const Format& in);

void check_delay(double positions);

// "12", "12.5", "-1": as exact as a message needs.
std::string exact_text(double positions);

}  // namespace faltung
