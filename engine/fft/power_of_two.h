// A real transform for power-of-two extents whose bins come in the order the butterflies leave.
//
// Along the last axis x is a polynomial modulo t^N + 1; folding x[n] + i·x[n + N/2] gives one
// complex polynomial modulo t^(N/2) − i, so that no separate step for real input is needed. The
// other axes are complex and cyclic. No bit reversal, no planning, the same bits on every run.
#pragma once

#include <memory>

#include "engine/fft/sliced_transform.h"

namespace faltung {

constexpr Index kMinPowerOfTwo = 64;  // two blocks of 16 complex float32 bins

template <class T>
std::shared_ptr<const SlicedTransform<T>> make_power_of_two(const Shape& extents);

}  // namespace faltung
