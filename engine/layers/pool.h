// Pooling of whole arrays [item, channel, axis…], any rank, and its gradients.
//
// `out` belongs to the caller and has pool_extents(in, window); its planes must not overlap the
// input's. T is float or double; sums are taken in T, tap by tap in row-major order, so neither
// workers nor item and channel strides change a bit. Throw Error{configuration} for extents that do
// not match and for what pool_axes refuses. Semantics: PyTorch 1.13, ONNX opset 19.
#pragma once

#include "engine/layers/planes.h"
#include "engine/layers/pool_window.h"

namespace faltung {

// The largest sample; of equal ones the first in row-major order, NaN wins over every number.
// `indices` may be empty (no data); otherwise it receives where in the input's plane each largest
// sample lies (flattened row-major over the spatial axes, as PyTorch counts).
template <class T>
void max_pool(const View<const T>& in, const PoolWindow& window, const View<T>& out,
              const View<Index>& indices = {}, Workers* workers = nullptr);

// The mean over the taps inside the signal; what it divides by is the divisor's.
template <class T>
void average_pool(const View<const T>& in, const PoolWindow& window, const PoolDivisor& divisor,
                  const View<T>& out, Workers* workers = nullptr);

// (Σ |x|^p)^(1/p) over the taps inside the signal (ONNX LpPool); p is finite and at least 1.
template <class T>
void lp_pool(const View<const T>& in, const PoolWindow& window, double p, const View<T>& out,
             Workers* workers = nullptr);

// Gradients: from that of the output to that of the input, which is overwritten. The gradient of
// max_pool is scatter_add (engine/layers/unpool.h) with the indices. Where lp_pool gave 0 its
// gradient is taken as 0.
template <class T>
void average_pool_gradient(const View<const T>& out_gradient, const PoolWindow& window,
                           const PoolDivisor& divisor, const View<T>& in_gradient,
                           Workers* workers = nullptr);
template <class T>
void lp_pool_gradient(const View<const T>& in, const View<const T>& out,
                      const View<const T>& out_gradient, const PoolWindow& window, double p,
                      const View<T>& in_gradient, Workers* workers = nullptr);

}  // namespace faltung
