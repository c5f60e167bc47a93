// The spectra of a problem's kernels, ready for overlap-save.
#include "engine/convolve/spectra.h"

#include <algorithm>

namespace faltung {

template <class T>
void kernel_spectrum(const Problem& p, Index number, Index first, Index count,
                     const RealTransform<T>& transform, T* spectrum) {
  Buffer<T> x(transform.samples()), work(transform.work_samples());
  const Shape strides = row_major_strides(transform.extents());
  const Shape taps = p.kernels.extents().from(1);
  const double* kernel = p.kernel(number);
  // The stream axis is read flipped: position d of the convolution kernel is tap e − 1 − d of the
  // correlation. Only [first, first + count) of the flipped, dilated axis is taken.
  for_each_position(taps, [&](const Shape& k) {
    const double value = *kernel++;
    Index at = 0;
    for (int axis = 0; axis < p.rank(); ++axis) {
      Index flipped = p.dilated(axis) - 1 - k[axis] * p.dilation[axis];
      if (axis == 0) {
        if (flipped < first || flipped >= first + count) return;
        flipped -= first;
      }
      at += flipped * strides[axis];
    }
    x[at] = static_cast<T>(value);
  });
  transform.forward(x.data(), spectrum, work.data());
}

template void kernel_spectrum(const Problem&, Index, Index, Index, const RealTransform<float>&,
                              float*);
template void kernel_spectrum(const Problem&, Index, Index, Index, const RealTransform<double>&,
                              double*);

}  // namespace faltung
