// The images and kernels of `bench image`, and what their correlation is.
#include "apps/faltung/bench/picture.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "engine/io/sink.h"
#include "engine/layers/layer_problem.h"
#include "engine/nd/boundary.h"

namespace faltung {
namespace {

constexpr double kGaussianReach = 3.0;  // sigmas

double rounded(double value) { return static_cast<double>(static_cast<float>(value)); }

}  // namespace

std::string ImageKernel::name() const {
  const std::string n = std::to_string(taps);
  return n + "x" + n + (box ? " box" : separable() ? " separable" : " dense");
}

ImageKernel dense_kernel(Index taps) {
  ImageKernel kernel{taps, Array<double>(Shape{taps, taps}), {}};
  std::mt19937 random(static_cast<unsigned>(taps));
  const double scale = 1.0 / static_cast<double>(taps * taps);
  for (double& tap : kernel.dense) {
    tap = rounded(scale * (static_cast<double>(random()) / 2147483648.0 - 1.0));
  }
  return kernel;
}

// The dense form holds the products of the rounded factors: both forms mean the same kernel. Only
// here peers that round the products to float32 lose half a unit.
ImageKernel gaussian_kernel(Index taps) {
  ImageKernel kernel{taps, Array<double>(Shape{taps, taps}), Array<double>(Shape{taps})};
  const double reach = static_cast<double>(taps / 2), sigma = (reach + 0.5) / kGaussianReach;
  double sum = 0;
  for (Index i = 0; i < taps; ++i) {
    const double x = (static_cast<double>(i) - reach) / sigma;
    sum += kernel.row[i] = std::exp(-x * x / 2);
  }
  for (double& tap : kernel.row) tap = rounded(tap / sum);
  for (Index i = 0; i < taps * taps; ++i) {
    kernel.dense[i] = kernel.row[i / taps] * kernel.row[i % taps];
  }
  return kernel;
}

// Peers that are told "a box" divide by its area: here each factor is rounded.
ImageKernel box_kernel(Index taps) {
  ImageKernel kernel{taps, Array<double>(Shape{taps, taps}), Array<double>(Shape{taps}), true};
  const double tap = rounded(1.0 / static_cast<double>(taps));
  std::fill(kernel.row.begin(), kernel.row.end(), tap);
  std::fill(kernel.dense.begin(), kernel.dense.end(), tap * tap);
  return kernel;
}

Array<float> random_image(Index extent) {
  Array<float> image(Shape{extent, extent});
  std::mt19937 random(7);
  for (float& pixel : image) pixel = static_cast<float>(random()) / 4294967296.0F;
  return image;
}

Problem image_problem(const ImageKernel& kernel, Index extent) {
  const Index reach = kernel.taps / 2;
  LayerOptions options;
  options.stride = options.dilation = {1, 1};
  options.padding.assign(2, {reach, reach});
  options.boundary = Boundary::reflect;
  return layer_problem({1, 1, extent, extent},
                       kernel.dense.copy().reshaped({1, 1, kernel.taps, kernel.taps}), options);
}

template <class T>
void save_npy(const std::string& path, const Array<T>& values) {
  Format format;
  format.inner = values.extents().from(1);
  format.extent = values.extents()[0];
  format.type = sample_type_of<T>;
  format.max_slab = *format.extent;
  Encoding encoding;
  encoding.container = "npy";
  encoding.sample = sizeof(T) == 4 ? Encoding::Sample::f32 : Encoding::Sample::f64;
  const auto sink = create_sink(path, format, encoding);
  SlabOf<T> slab{const_cast<T*>(values.data()), 1, *format.extent, format.inner.product(),
                 values.size()};
  sink->write(Slab(slab));
  sink->commit();
}

template void save_npy(const std::string& path, const Array<float>& values);
template void save_npy(const std::string& path, const Array<double>& values);

double plain_pixel(const Array<float>& image, const ImageKernel& kernel, Index row, Index column) {
  const Index rows = image.extents()[0], columns = image.extents()[1], reach = kernel.taps / 2;
  double sum = 0;
  for (Index r = 0; r < kernel.taps; ++r) {
    const Index y = source_index(row + r - reach, rows, Boundary::reflect);
    for (Index c = 0; c < kernel.taps; ++c) {
      const Index x = source_index(column + c - reach, columns, Boundary::reflect);
      sum += kernel.dense[r * kernel.taps + c] * static_cast<double>(image[y * columns + x]);
    }
  }
  return sum;
}

}  // namespace faltung
