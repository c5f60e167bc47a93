// The adjoint of a layer of stride 1 with small planes and many channels: many weights, few places
// to use each of them.
//
// Products are places by channels, which are transposed at the end: panels are full whatever a
// plane's extent. Outputs are packed once for each tap, without gaps; the kernel a panel of channels
// at a time, just before it is used.
#pragma once

#include "engine/layers/tap_sums.h"

namespace faltung {

// Whether there are two axes at most, and planes so small that their gaps and the weights count.
bool suits_place_products(const TapLayer& layer);

// As correlate_adjoint, of layers of stride 1 and two axes at most. Sums are taken in T, in pieces of
// fixed depth and in a fixed order.
template <class T>
void adjoint_by_place_products(const TapLayer& layer, const View<const T>& out, const T* kernel,
                               const T* bias, const View<T>& in, Workers* workers);

}  // namespace faltung
