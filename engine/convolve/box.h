// Box kernels: taps that are all equal, as sums of a moving box.
#pragma once

#include "engine/convolve/planner.h"

namespace faltung {

// One row of the solver table: any rank, each output from one channel, stride 1, no gaps between
// taps. Costs three additions for each sample and axis, whatever the box's extent
// (engine/simd/running_sums.h); along rows, boxes of few taps do better with more
// (engine/convolve/moving_sum.h). Pieces lie at multiples of the extent from the signal's start and
// what a call leaves is kept, so that slabs and threads do not change a bit, and one-row slabs cost
// no more. An error is at most Σ (taps of an axis) + 2 roundings of gain times the input's peak;
// sums of integers are exact while the type holds them. Taps may differ by a tenth of the tolerance,
// as decompositions may.
std::string why_not_box(const Problem& problem);
std::vector<Candidate> box_candidates(const Problem& problem, const Costs& costs,
                                      Workers* workers);

}  // namespace faltung
