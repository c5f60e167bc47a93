// Shifts a signal along the stream axis: zeros first, what is left at the end.
//
// A whole number of positions is exact, bit for bit. Between two frames of a series a channel is
// interpolated (design/fractional_delay.h, which states the error). The output is longer by the
// longest channel's delay, interpolation included.
#pragma once

#include <vector>

#include "engine/design/fractional_delay.h"
#include "engine/stages/delay_positions.h"
#include "engine/stages/stages.h"
#include "engine/stream/stage.h"

namespace faltung {

struct DelayOptions {
  std::vector<double> values = {0.0};  // one for all channels, or one for each
  DelayUnit unit = DelayUnit::samples;
  double speed_of_sound = kSpeedOfSound;  // m/s
  Interpolation interpolation = Interpolation::sinc;
};

// Errors (prepare): negative or too long delays, neither one nor one for each channel; ms or metres
// where the signal has no rate; parts of a position in an image or a volume.
StagePtr make_delay(const DelayOptions& options);

// {samples | ms | metres: one or a list, speed_of_sound, interpolation}
StagePtr read_delay(const Node& settings, const StageContext& context);

}  // namespace faltung
