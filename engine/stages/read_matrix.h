// A matrix of responses: which input goes to which output, through what.
#pragma once

#include "engine/stages/convolve.h"
#include "engine/stages/stages.h"

namespace faltung {

// From a list of {in, out, kernel, channel, prepare, gain_db, delay}, for series: a sparse matrix
// (design/response_matrix.h). A kernel that several entries name is made once. Responses are
// resampled to the signal's rate one by one, for delays count its samples.
KernelRecipe read_matrix(const Node& node, const StageContext& context);

}  // namespace faltung
