// The spectra of a problem's kernels, ready for overlap-save.
#pragma once

#include "engine/convolve/problem.h"
#include "engine/fft/real_transform.h"

namespace faltung {

// Taps [first, first + count) of kernel `number` along the stream axis, as a convolution kernel
// (flipped, with its dilation's gaps) at the origin of the transform. `spectrum` is zeroed memory
// of spectrum_samples().
template <class T>
void kernel_spectrum(const Problem& problem, Index number, Index first, Index count,
                     const RealTransform<T>& transform, T* spectrum);

}  // namespace faltung
