// Responses at another rate: the same filter in continuous time.
//
// The last axis is resampled by a band-limited interpolation (libsamplerate, best sinc: 144 dB,
// passes 96% of the narrower band) and scaled by from / to, so that the gain at every frequency
// below both halves of the rates stays what it was. No delay is added: tap n moves to
// n · to / from. What would ring before the first tap, or after the last, is cut off.
#pragma once

#include "engine/convolve/kernel.h"

namespace faltung {

// The extent becomes ⌈taps · to / from⌉. Throws Error{configuration}: the kernel has no rate, the
// rates are not positive or lie further apart than 256 to 1; Error{failure} from the library.
Kernel resample(const Kernel& kernel, double to_hz);

}  // namespace faltung
