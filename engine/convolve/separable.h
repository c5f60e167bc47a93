// Separable convolution: chains of 1-D passes for kernels of low rank.
#pragma once

#include "engine/convolve/low_rank.h"
#include "engine/convolve/sliding.h"
#include "engine/convolve/workers.h"

namespace faltung {

// Why the problem is out of reach ("" where it is not): rank 1, strides, mixed channels.
std::string why_not_separable(const Problem& problem);

// `kernels` are the decompositions of the problem's kernels.
template <class T>
std::unique_ptr<TileSolver<T>> make_separable(const Problem& problem,
                                              const std::vector<LowRank>& kernels,
                                              Workers* workers);

}  // namespace faltung
