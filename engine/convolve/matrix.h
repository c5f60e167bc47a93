// Convolution as a product of matrices: weights times patches of input, for layers.
#pragma once

#include "engine/convolve/planner.h"

namespace faltung {

// One row of the solver table (implicit im2col; Chellapilla, Puri & Simard 2006): any rank,
// stride, dilation, boundary and groups of at least two output channels that read the same inputs.
// Patches are packed for as many outputs as stay in level 2, weights once; an input without
// padding is read where it lies.
//
// An output is its bias plus the sums over 256 taps each, in the order channel, tap: bit-exact
// under slab invariance and for any number of threads. Small planes lie along the rows of the
// product and channels along its vectors, which changes no bit. Errors grow as those of sums of
// 256. Offline only: live blocks are too short to be worth packing.
std::string why_not_matrix(const Problem& problem);
std::vector<Candidate> matrix_candidates(const Problem& problem, const Costs& costs,
                                         Workers* workers);

}  // namespace faltung
