// A layer's taps as products of matrices, in the three directions of tap_sums.h: the quick way
// where many channels meet.
//
// For each tap the channels' mixing is one product of packed panels (simd/multiply_panels.h) over a
// flat run of outputs (phase_grid.h): nothing is unrolled into patches, and one item's planes are
// what memory is needed for; for the gradient of a kernel on narrow planes, once for each tap of the
// last axis. Sums are taken in T, in pieces of fixed depth and in a fixed order: workers cannot
// change a bit.
#pragma once

#include "engine/layers/tap_sums.h"

namespace faltung {

// Whether products are quicker than sums: channels enough, and few gaps between the outputs' rows.
bool suits_products(const TapLayer& layer);

// As correlate, correlate_adjoint and correlate_kernel; the kernel's layout is the same.
template <class T>
void correlate_by_products(const TapLayer& layer, const View<const T>& in, const T* kernel,
                           const T* bias, const View<T>& out, Workers* workers);
template <class T>
void adjoint_by_products(const TapLayer& layer, const View<const T>& out, const T* kernel,
                         const T* bias, const View<T>& in, Workers* workers);
template <class T>
void kernel_by_products(const TapLayer& layer, const View<const T>& in, const View<const T>& out,
                        T* kernel, Workers* workers);

}  // namespace faltung
