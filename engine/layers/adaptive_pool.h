// Adaptive pooling of whole arrays [item, channel, axis…]: the outputs are given, windows follow.
//
// Along an axis of n samples and o outputs, window m is [⌊m·n/o⌋, ⌈(m + 1)·n/o⌉): never empty, and
// together they cover the axis (PyTorch's adaptive_max_pool and adaptive_avg_pool; one output is
// global pooling). `out` and `indices` belong to the caller and must not overlap `in`. T is float
// or double; every output has a fixed order of sums, so workers cannot change a bit. Throw
// Error{configuration} where items, channels or rank differ.
#pragma once

#include "engine/layers/planes.h"

namespace faltung {

// [item, channel, extents…]: one for each axis, at least 1; one entry: all axes. Throws otherwise.
Shape adaptive_extents(const Shape& in, const Shape& extents);

// The largest sample and where it lies, as max_pool (engine/layers/pool.h) gives them.
template <class T>
void adaptive_max_pool(const View<const T>& in, const View<T>& out, const View<Index>& indices = {},
                       Workers* workers = nullptr);

template <class T>
void adaptive_average_pool(const View<const T>& in, const View<T>& out,
                           Workers* workers = nullptr);

// From the gradient of the output to that of the input, which is overwritten. That of
// adaptive_max_pool is scatter_add (engine/layers/unpool.h).
template <class T>
void adaptive_average_pool_gradient(const View<const T>& out_gradient, const View<T>& in_gradient,
                                    Workers* workers = nullptr);

}  // namespace faltung
