// Winograd's minimal filtering for layers of 3x3 kernels.
#pragma once

#include "engine/convolve/planner.h"

namespace faltung {

// One row of the solver table, two candidates: F(4x4, 3x3) with 4 times fewer multiplications and
// F(2x2, 3x3) with 2.25 times fewer (Winograd 1980; Lavin & Gray 2016). Images, stride 1, no gaps,
// groups of at least 8 channels in and out; any boundary.
//
// Tiles of outputs lie at multiples of their extent from the image's corner, what they reach
// beyond it is 0: bit-exact under slab invariance and for any number of threads. A NaN reaches all
// outputs of the tiles that see it. Rounding errors are those of sums of 128 channels, amplified: up to
// 7 roundings of the output's peak in tests for 2x2, 40 for 4x4, stated doubled. In float32 only the
// former keeps 1e-6; a tolerance of 1e-5 admits both. Offline only: bands of rows shorter than a tile are held back.
std::string why_not_winograd(const Problem& problem);
std::vector<Candidate> winograd_candidates(const Problem& problem, const Costs& costs,
                                           Workers* workers);

}  // namespace faltung
