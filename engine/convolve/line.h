// One row through one row of taps: a FIR filter, with its long kernels read as rows of segments.
#pragma once

#include "engine/simd/accumulate_rows.h"

namespace faltung {

// out[x] = bias + Σ_k plane.weights[k] · plane.samples[x + k·dilation], 0 <= x < count, or added to
// out. Tap r·S + k of output o·S + x meets sample (o + r)·S + x + k: segments of S taps become rows
// of a 2-D kernel, so that loaded samples serve four outputs. The order of additions is that of the
// taps either way.
template <class T>
void accumulate_line(const RowPlane<T>& plane, Index dilation, T* out, Index count, T bias,
                     Start start) noexcept;

}  // namespace faltung
