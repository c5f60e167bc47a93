// Sums of a moving box along one axis of an array: see engine/simd/running_sums.h for the way.
//
// Along lines, boxes of few taps are sums of 1, 2, 4, … samples put together, which vectors do
// faster although it takes log2(taps) of them.
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

// to[n] = Σ_{k < taps} from[n + k] on positions of `inner` samples, 0 <= n < outputs. Scratch of
// (taps + 1) · inner samples.
template <class T>
void sum_positions(const T* from, Index taps, Index inner, T* to, Index outputs,
                   T* scratch) noexcept;

constexpr Index kLinesAtOnce = 8;  // a sum waits for the one before it: eight hide that

constexpr Index kMostDoubledTaps = 128;  // beyond, the sums of pieces are faster

// Additions for each sample of a line where sums are put together.
int doubled_additions(Index taps) noexcept;

// to[x] = bias + factor · Σ_{k < taps} from[x + k] on `lines` lines, 0 <= x < count. Scratch of
// line_scratch(taps) samples. A line's numbers do not depend on the lines beside it.
Index line_scratch(Index taps) noexcept;
template <class T>
void sum_lines(const T* from, Index pitch, Index taps, T factor, T bias, T* to, Index to_pitch,
               Index count, Index lines, T* scratch) noexcept;

}  // namespace faltung
