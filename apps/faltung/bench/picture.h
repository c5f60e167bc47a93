// The images and kernels of `bench image`, and what their correlation is.
#pragma once

#include <string>

#include "engine/convolve/problem.h"

namespace faltung {

// Taps are values of float32, so that peers with float32 kernels lose nothing.
struct ImageKernel {
  Index taps = 0;  // on each side
  Array<double> dense;
  Array<double> row;  // its factor along both axes, where it is separable; else empty
  bool box = false;   // all taps are equal

  bool separable() const { return row.size() > 0; }
  std::string name() const;  // "3x3 dense", "3x3 separable", "3x3 box"
};

ImageKernel dense_kernel(Index taps);     // random; always the same
ImageKernel gaussian_kernel(Index taps);  // separable; reaches three sigmas
ImageKernel box_kernel(Index taps);       // separable, too; sum 1

// White noise in [0, 1); always the same.
Array<float> random_image(Index extent);

// Its correlation with a square image of one channel, boundary reflect; the same extent out.
Problem image_problem(const ImageKernel& kernel, Index extent);

template <class T>
void save_npy(const std::string& path, const Array<T>& values);

// One pixel of the correlation, boundary reflect, by plain loops in double.
double plain_pixel(const Array<float>& image, const ImageKernel& kernel, Index row, Index column);

}  // namespace faltung
