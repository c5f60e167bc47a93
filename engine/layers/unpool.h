// Unpooling of whole arrays [item, channel, axis…]: samples go back to where max_pool found them.
//
// Indices count row-major within one plane of the larger array, as max_pool and PyTorch give them.
// All arrays belong to the caller and must not overlap. Throw Error{configuration} where extents do
// not match or an index lies outside the plane.
#pragma once

#include "engine/layers/planes.h"

namespace faltung {

// Sets `out` to 0 and puts every sample in its place. Where two have the same place the last in
// row-major order stays. (PyTorch max_unpool, ONNX MaxUnpool with indices counted per plane.)
template <class T>
void max_unpool(const View<const T>& in, const View<const Index>& indices, const View<T>& out,
                Workers* workers = nullptr);

// out = Σ of the samples with that place: the gradient of max_pool for its input.
template <class T>
void scatter_add(const View<const T>& in, const View<const Index>& indices, const View<T>& out,
                 Workers* workers = nullptr);

// out[m] = in[indices[m]]: the adjoint of scatter_add, and the gradient of max_unpool for its input
// where no two samples share a place.
template <class T>
void gather(const View<const T>& in, const View<const Index>& indices, const View<T>& out,
            Workers* workers = nullptr);

}  // namespace faltung
