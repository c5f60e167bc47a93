// The definition: plain loops in float64, every option. What all other solvers are tested against.
#pragma once

#include "engine/convolve/problem.h"

namespace faltung {

// `in` is [channel, axis…] with the problem's extents; returns [out channel, axis…].
Array<double> reference(const Problem& problem, const Array<double>& in);

}  // namespace faltung
