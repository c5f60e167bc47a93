// Recursive filters on the channels of a series: equalisers, shelves, crossovers.
//
// Arithmetic in float64, whatever the signal is. The output is as long as the input, as with every
// equaliser: what would ring on after the last frame is not given; Timing.field says until when the
// response is above −120 dB. Parameters, where the type has them: `frequency_hz`, `q` (or
// `bandwidth_oct`, `slope`), `gain_db`; a change moves the coefficients in kDefaultRampMs, in a
// straight line, every frame between being a stable filter. Live, NaN and infinity are muted.
#pragma once

#include <vector>

#include "engine/design/biquad.h"
#include "engine/stages/stages.h"
#include "engine/stream/stage.h"

namespace faltung {

struct BiquadOptions {
  const FilterType* type = nullptr;  // null: `sections`
  int order = 2;                     // of a family
  FilterSettings settings;
  std::vector<Biquad> sections;      // explicit coefficients
  std::vector<Index> channels = {};  // from 1; empty: all
};

// Errors: an order there is not, settings out of bounds, unstable sections, which are named;
// (prepare) no series, a frequency not below half the rate, channels that are not there.
StagePtr make_biquad(const BiquadOptions& options);

// {type, frequency_hz, q | bandwidth_oct | slope, gain_db, order, channels}, or
// {type: coefficients, b, a | sections, channels}
StagePtr read_biquad(const Node& settings, const StageContext& context);

}  // namespace faltung
