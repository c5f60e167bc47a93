// Upsampling (and downsampling) of whole arrays [item, channel, axis…] by interpolation, any rank.
//
// Output m of an axis of n inputs and o outputs lies at input position, with step = n/o:
//   nearest         ⌊m·step⌋                         (PyTorch nearest; ONNX asymmetric, floor)
//   nearest_centre  ⌊(m + ½)·step⌋                   (PyTorch nearest-exact)
//   linear          max(0, (m + ½)·step − ½)         (PyTorch align_corners=False; ONNX half_pixel)
//   linear_corners  m·(n − 1)/(o − 1), 0 for o = 1   (PyTorch align_corners=True)
// Linear interpolation is done axis by axis (bilinear, trilinear, …) and holds the last sample
// beyond the end. Nearest places are computed in integers where the step is n/o; PyTorch computes
// them in float32 and can differ by one where m·n/o is whole or nearly so. PyTorch also ignores a
// scale factor for linear where it does not change the extent; whoever wants that gives step 1.
#pragma once

#include <vector>

#include "engine/layers/planes.h"

namespace faltung {

enum class Interpolation { nearest, nearest_centre, linear, linear_corners };

struct Upsampling {
  Interpolation kind = Interpolation::nearest;
  // Input samples from one output to the next, for each spatial axis, where it shall not be n/o: a
  // scale factor f with extents ⌊n·f⌋ has step 1/f. 0: n/o; not with linear_corners.
  std::vector<double> steps = {};
};

// The extents come from the two arrays, which belong to the caller and must not overlap. T is float
// or double. Throw Error{configuration} where items, channels or rank differ or a step is wrong.
template <class T>
void upsample(const View<const T>& in, const Upsampling& options, const View<T>& out,
              Workers* workers = nullptr);

// The adjoint: from the gradient of the output to that of the input, which is overwritten.
template <class T>
void upsample_gradient(const View<const T>& out_gradient, const Upsampling& options,
                       const View<T>& in_gradient, Workers* workers = nullptr);

}  // namespace faltung
