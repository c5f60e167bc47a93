// Direct convolution of series.
#pragma once

#include "engine/convolve/sliding.h"

namespace faltung {

// As make_direct (engine/convolve/direct.h), for problems of rank 1.
template <class T>
std::unique_ptr<TileSolver<T>> make_direct_series(const Problem& problem, Workers* workers);

}  // namespace faltung
