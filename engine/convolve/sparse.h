// Sparse convolution: only the taps that are not 0, wherever they lie; one tap is a copy.
#pragma once

#include "engine/convolve/planner.h"

namespace faltung {

// Two rows of the solver table. `delta`: every output is one tap of one channel at most, a copy with
// a factor. `sparse`: any rank, channels, groups and dilation; strides except along a series. Cost
// grows with the taps that are not 0, neighbours along a row are taken together.
//
// An output sample is one sequence of fused multiply-adds in the order of the definition: bit-exact
// under slab invariance and for any number of threads. What a tap of 0 would have read is not read:
// NaN there stays without effect. Live, kernels that reach far are left to others: the history of
// this one moves at once.
std::string why_not_delta(const Problem& problem);
std::string why_not_sparse(const Problem& problem);
std::vector<Candidate> delta_candidates(const Problem& problem, const Costs& costs,
                                        Workers* workers);
std::vector<Candidate> sparse_candidates(const Problem& problem, const Costs& costs,
                                         Workers* workers);

}  // namespace faltung
