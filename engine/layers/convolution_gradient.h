// Convolution layers backwards, and transposed convolution forwards and backwards, any rank.
//
// Arrays are [item, channel, axis…] and the caller's, kernels are contiguous (layouts:
// convolution_axes.h). What is written is overwritten whole and must not overlap what is read. T is
// float or double. Every sum has a fixed order: workers cannot change a bit. Throw
// Error{configuration} where extents do not match. Source: Dumoulin & Visin 2016, chapter 4.
#pragma once

#include "engine/layers/convolution_axes.h"

namespace faltung {

// From the gradient of a convolution's output to that of its input, of its kernel, of its bias.
template <class T>
void convolution_input_gradient(const View<const T>& out_gradient, const View<const T>& kernel,
                                const LayerGeometry& geometry, const View<T>& in_gradient,
                                Workers* workers = nullptr);
template <class T>
void convolution_kernel_gradient(const View<const T>& in, const View<const T>& out_gradient,
                                 const LayerGeometry& geometry, const View<T>& kernel_gradient,
                                 Workers* workers = nullptr);

// `bias_gradient` has one entry for each channel: the sum over items and samples, in float64. The
// same for both kinds of layers.
template <class T>
void bias_gradient(const View<const T>& out_gradient, T* bias_gradient);

// out = bias + Σ kernel[i, o, j]·in[i], each sample spread over the outputs that it reaches. `bias`
// has one entry for each output channel, or is null. The output padding follows from the extents of
// `out` (transposed_extents).
template <class T>
void transposed_convolution(const View<const T>& in, const View<const T>& kernel, const T* bias,
                            const LayerGeometry& geometry, const View<T>& out,
                            Workers* workers = nullptr);
template <class T>
void transposed_input_gradient(const View<const T>& out_gradient, const View<const T>& kernel,
                               const LayerGeometry& geometry, const View<T>& in_gradient,
                               Workers* workers = nullptr);
template <class T>
void transposed_kernel_gradient(const View<const T>& in, const View<const T>& out_gradient,
                                const LayerGeometry& geometry, const View<T>& kernel_gradient,
                                Workers* workers = nullptr);

}  // namespace faltung
