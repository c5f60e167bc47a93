// Kernels for volumes.
#include "apps/faltung/bench/volume_kernel.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "apps/faltung/bench/array.h"
#include "apps/faltung/bench/reference.h"

namespace faltung {

VolumeKernel dense_volume_kernel(Index extent) {
  const std::string n = std::to_string(extent);
  VolumeKernel kernel{n + "x" + n + "x" + n + " dense",
                      Array<double>(Shape{extent, extent, extent})};
  const Array<float> noise = noise_array(kernel.taps.extents(), static_cast<unsigned>(extent));
  const auto scale = 1 / static_cast<float>(kernel.taps.size());
  std::transform(noise.begin(), noise.end(), kernel.taps.begin(),
                 [&](float tap) { return static_cast<double>(tap * scale); });
  return kernel;
}

// As scipy.ndimage.gaussian_filter samples it: radius ⌊truncate·sigma + 0.5⌋, sum 1.
VolumeKernel gaussian_volume_kernel(double sigma) {
  const auto reach = static_cast<Index>(kGaussianTruncate * sigma + 0.5);
  std::vector<double> line;
  double sum = 0;
  for (Index k = -reach; k <= reach; ++k) {
    line.push_back(std::exp(-static_cast<double>(k * k) / (2 * sigma * sigma)));
    sum += line.back();
  }
  const Index extent = 2 * reach + 1;
  const std::string n = std::to_string(extent);
  VolumeKernel kernel{n + "x" + n + "x" + n + " gaussian",
                      Array<double>(Shape{extent, extent, extent}), true};
  for_each_position(kernel.taps.extents(), [&](const Shape& k) {
    double tap = 1;
    for (const Index at : k) tap *= line[static_cast<std::size_t>(at)] / sum;
    kernel.taps(k) = tap;
  });
  return kernel;
}

}  // namespace faltung
