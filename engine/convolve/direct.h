// Direct convolution on accumulate_rows: any rank, channels, groups, stride, dilation.
#pragma once

#include "engine/convolve/planner.h"
#include "engine/convolve/sliding.h"

namespace faltung {

// Every output is the same sequence of fused multiply-adds however the work is cut: bit-exact
// under slab invariance and for any number of threads.
template <class T>
std::unique_ptr<TileSolver<T>> make_direct(const Problem& problem, Workers* workers);

// The row of the solver table; it can do everything.
std::vector<Candidate> direct_candidates(const Problem& problem, const Costs& costs,
                                         Workers* workers);

}  // namespace faltung
