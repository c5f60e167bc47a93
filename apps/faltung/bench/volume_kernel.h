// Kernels for volumes: dense noise, and a gaussian given as a dense kernel.
#pragma once

#include <string>

#include "engine/nd/array.h"

namespace faltung {

constexpr int kGaussianTruncate = 4;  // in sigmas, as scipy.ndimage does by default

// [slice, row, column], a cube. Taps are values of float32, so that peers lose nothing.
struct VolumeKernel {
  std::string name;
  Array<double> taps;
  bool gaussian = false;
  Index extent() const { return taps.extents()[0]; }
};

VolumeKernel dense_volume_kernel(Index extent);
VolumeKernel gaussian_volume_kernel(double sigma);  // sum 1; factors are not rounded to float32

}  // namespace faltung
