// A layer's taps as sums of shifted runs, in the three directions of tap_sums.h: the quick way where
// channels hardly meet (depthwise layers).
//
// A plane's phases lie in a grid (phase_grid.h), so that a whole plane is one run for every tap.
#pragma once

#include "engine/layers/tap_sums.h"

namespace faltung {

// Whether the gaps between rows are few enough.
bool suits_runs(const TapLayer& layer);

// As correlate, correlate_adjoint and correlate_kernel.
template <class T>
void correlate_by_runs(const TapLayer& layer, const View<const T>& in, const T* kernel,
                       const T* bias, const View<T>& out, Workers* workers);
template <class T>
void adjoint_by_runs(const TapLayer& layer, const View<const T>& out, const T* kernel,
                     const T* bias, const View<T>& in, Workers* workers);
template <class T>
void kernel_by_runs(const TapLayer& layer, const View<const T>& in, const View<const T>& out,
                    T* kernel, Workers* workers);

}  // namespace faltung
