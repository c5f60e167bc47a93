// A matrix of responses: which input goes to which output, through what.
#pragma once

#include "engine/stages/convolve.h"
#include "engine/stages/stages.h"

namespace faltung {

// From a list of {in, out, kernel, channel, gain_db, delay}, for series: a kernel [out, in, taps]
// in which pairs that are not listed are zero and the same pair twice adds. Responses are resampled
// to the signal's rate one by one, for delays count its samples.
KernelRecipe read_matrix(const Node& node, const StageContext& context);

}  // namespace faltung
