// Direct convolution on accumulate_rows: any rank, channels, groups, stride, dilation.
#pragma once

#include "engine/convolve/sliding.h"
#include "engine/convolve/workers.h"

namespace faltung {

// Every output is the same sequence of fused multiply-adds however the work is cut: bit-exact
// under slab invariance and for any number of threads.
template <class T>
std::unique_ptr<TileSolver<T>> make_direct(const Problem& problem, Workers* workers);

}  // namespace faltung
