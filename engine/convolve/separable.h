// Separable convolution: chains of 1-D passes for kernels of low rank.
#pragma once

#include "engine/convolve/low_rank.h"
#include "engine/convolve/planner.h"
#include "engine/convolve/sliding.h"

namespace faltung {

// The row of the solver table. Out of reach: rank 1, strides, mixed channels, very long axes.
std::string why_not_separable(const Problem& problem);
std::vector<Candidate> separable_candidates(const Problem& problem, const Costs& costs,
                                            Workers* workers);

// How it will work, for the planner's estimate of memory.
struct SeparableWork {
  Index tile = 1;     // as TileSolver's
  Index slices = 0;   // of a volume, computed at once
  Index rows = 0;     // of one task: of an image, or within slices
  Index strip = 0;    // samples of the sums of one task
  Index samples = 0;  // what each thread holds
};
SeparableWork separable_work(const Problem& problem);

// `kernels` are the decompositions of the problem's kernels.
template <class T>
std::unique_ptr<TileSolver<T>> make_separable(const Problem& problem,
                                              const std::vector<LowRank>& kernels,
                                              Workers* workers);

}  // namespace faltung
