// Convolution of whole arrays by the relation of taps (taps.h), read in its three directions:
// onto the output (a correlation), back onto the input (its adjoint), onto the kernel.
//
// Kernels are [out channel, in channel / groups, k…], row-major; extents have been checked by the
// caller. Channels are taken four at a time, so that a sample of the result is loaded and stored
// once for four products; the order of every sum is fixed, so workers cannot change a bit.
#pragma once

#include "engine/layers/planes.h"
#include "engine/layers/taps.h"

namespace faltung {

struct TapLayer {
  TapAxes axes;
  Index in_channels = 1;   // multiples of groups
  Index out_channels = 1;
  Index groups = 1;

  Index in_per_group() const noexcept { return in_channels / groups; }
  Index out_per_group() const noexcept { return out_channels / groups; }
  Index taps() const noexcept;  // of one pair of channels
};

// The same layer with axes that need no loop of their own merged into the one before.
TapLayer merged(TapLayer layer);

// out = bias + kernel ⋆ in. A null bias is 0.
template <class T>
void correlate(const TapLayer& layer, const View<const T>& in, const T* kernel, const T* bias,
               const View<T>& out, Workers* workers);

// in = bias + the adjoint of correlate applied to out; bias has one entry for each *in* channel.
template <class T>
void correlate_adjoint(const TapLayer& layer, const View<const T>& out, const T* kernel,
                       const T* bias, const View<T>& in, Workers* workers);

// kernel[o, i, j] = Σ out[o]·in[i] over all items and pairs that tap j joins; summed in float64.
template <class T>
void correlate_kernel(const TapLayer& layer, const View<const T>& in, const View<const T>& out,
                      T* kernel, Workers* workers);

}  // namespace faltung
