// A layer's taps between planes that lie where they are, in the three directions of tap_sums.h: the
// quick way where channels hardly meet and the stride is 1 (depthwise layers).
//
// The adjoint is such a layer too, the kernel backwards and the channels exchanged.
#pragma once

#include "engine/layers/tap_sums.h"

namespace faltung {

// Whether the stride is 1, and the kernel no long row: tap_runs.h sums all of its taps in one pass.
bool suits_planes(const TapLayer& layer);

// As correlate, correlate_adjoint and correlate_kernel, of layers of stride 1.
template <class T>
void correlate_by_planes(const TapLayer& layer, const View<const T>& in, const T* kernel,
                         const T* bias, const View<T>& out, Workers* workers);
template <class T>
void adjoint_by_planes(const TapLayer& layer, const View<const T>& out, const T* kernel,
                       const T* bias, const View<T>& in, Workers* workers);
template <class T>
void kernel_by_planes(const TapLayer& layer, const View<const T>& in, const View<const T>& out,
                      T* kernel, Workers* workers);

}  // namespace faltung
