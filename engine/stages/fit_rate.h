// A response at the rate of the signal it meets.
#pragma once

#include "engine/convolve/kernel.h"
#include "engine/stream/format.h"

namespace faltung {

// Resampled where both have a rate and the signal is a series of another one, which the remark then
// says: "hall.wav: resampled from 44100 Hz to the signal's 48000 Hz".
Kernel at_rate_of(const Format& signal, Kernel kernel);

}  // namespace faltung
