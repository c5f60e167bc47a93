// The spectra of a problem's kernels, ready for overlap-save.
#include "engine/convolve/spectra.h"

#include <algorithm>

namespace faltung {

template <class T>
void kernel_spectrum(const Problem& p, Index number, Index first, Index count,
                     const RealTransform<T>& transform, T* spectrum) {
  Buffer<T> x(transform.samples()), work(transform.work_samples());
  const Shape strides = row_major_strides(transform.extents());
  const Shape inner = p.kernels.extents().from(2);
  const Index e = p.dilated(0), d = p.dilation[0];
  // The stream axis is read flipped: position m of the convolution kernel is tap e − 1 − m of the
  // correlation. Only the taps k with [first, first + count) of the flipped, dilated axis are read.
  const Index begin = std::max((e - first - count + d - 1) / d, Index{0});
  const Index end = first < e ? std::min((e - 1 - first) / d + 1, p.taps(0)) : 0;
  const double* taps = p.kernel(number);
  const Index inner_size = inner.product();
  for (Index k = begin; k < end; ++k) {
    const double* kernel = taps + k * inner_size;
    const Index row = (e - 1 - k * d - first) * strides[0];
    if (inner.rank() == 0) {  // a series has millions of taps
      x[row] = static_cast<T>(*kernel);
      continue;
    }
    for_each_position(inner, [&](const Shape& at) {
      Index to = row;
      for (int axis = 0; axis < inner.rank(); ++axis) {
        to += (p.dilated(axis + 1) - 1 - at[axis] * p.dilation[axis + 1]) * strides[axis + 1];
      }
      x[to] = static_cast<T>(*kernel++);
    });
  }
  transform.forward(x.data(), spectrum, work.data());
}

template void kernel_spectrum(const Problem&, Index, Index, Index, const RealTransform<float>&,
                              float*);
template void kernel_spectrum(const Problem&, Index, Index, Index, const RealTransform<double>&,
                              double*);

}  // namespace faltung
