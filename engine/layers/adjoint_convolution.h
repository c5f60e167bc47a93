// The adjoint of a layer of stride 1 as what it is: a convolution with the kernel flipped and the
// channels exchanged, which the planner knows the quickest way for.
#pragma once

#include "engine/layers/tap_sums.h"

namespace faltung {

// Whether there is such a convolution and its preparation, some passes over the kernel, is repaid.
bool suits_convolution(const TapLayer& layer, Index items);

// As correlate_adjoint; errors relative to the result's peak: 1e-6 in float32, 1e-13 in float64.
template <class T>
void adjoint_by_convolution(const TapLayer& layer, const View<const T>& out, const T* kernel,
                            const T* bias, const View<T>& in, Workers* workers);

}  // namespace faltung
