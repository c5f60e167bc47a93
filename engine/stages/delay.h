// Shifts a signal along the stream axis: zeros first, what is left at the end.
#pragma once

#include "engine/stream/stage.h"

namespace faltung {

struct DelayOptions {
  Index positions = 0;      // frames, rows or slices
  double milliseconds = 0;  // besides or instead: rounded to the nearest frame, and said where that
                            // changes it
};

// Errors (prepare): negative delays, milliseconds where the signal has no rate.
StagePtr make_delay(const DelayOptions& options);

}  // namespace faltung
