// A real transform of one axis whose bins come in the order the butterflies leave.
//
// x is a polynomial modulo t^N + 1; folding x[n] + i·x[n + N/2] gives one complex polynomial modulo
// t^(N/2) − i, so that no separate step for real input is needed. No bit reversal, no planning, the
// same bits on every run.
#pragma once

#include <memory>

#include "engine/fft/sliced_transform.h"

namespace faltung {

constexpr Index kMinTreeLine = 64;  // two blocks of 16 complex float32 bins

// An extent of kMinTreeLine · 2^k · (1, 3 or 5). The inverse is scaled by `scale` besides.
template <class T>
std::shared_ptr<const SlicedTransform<T>> make_line_tree(Index extent, double scale = 1);

}  // namespace faltung
