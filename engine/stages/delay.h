// Shifts a signal along the stream axis: zeros first, what is left at the end.
#pragma once

#include "engine/stream/stage.h"

namespace faltung {

inline constexpr Index kLongestDelay = Index{1} << 28;  // more than an hour at 48 kHz

struct DelayOptions {
  Index positions = 0;      // frames, rows or slices, at most kLongestDelay
  double milliseconds = 0;  // besides or instead: rounded to the nearest frame, and said where that
                            // changes it
};

// Errors (prepare): negative or too long delays, milliseconds where the signal has no rate.
StagePtr make_delay(const DelayOptions& options);

}  // namespace faltung
