// Image kernels, most of them for any rank: gaussian, box, sobel, prewitt, laplace, sharpen, …
//
// Orientation: values are stored for *convolution*, which flips the kernel. Convolving with sobel-x
// gives a positive result where brightness rises along x, exactly as scipy.ndimage.sobel does. The
// stored row is therefore [1 0 −1]. Correlation with an antisymmetric kernel (sobel, prewitt) gives
// the opposite sign; all others are symmetric and do not care.
//
// Axes: x is the last axis (columns), y the one before (rows), z before that (slices).
// Gains: gaussian, box, sharpen, unsharp and delta keep a constant signal as it is; sobel, prewitt
// and laplace give 0 for it.
#pragma once

#include <vector>

#include "engine/convolve/kernel.h"

namespace faltung {

// Sampled, cut at int(truncate · sigma + 0.5) on each side and normalised, as SciPy does; one sigma
// for each axis, in samples; 0 leaves an axis alone.
Kernel gaussian(const std::vector<double>& sigma, double truncate = 4);

// All the same, sum 1; one size for each axis.
Kernel box(const std::vector<Index>& size);

// 1 in the middle of extents of `size` (odd), 0 elsewhere.
Kernel delta(int rank, Index size = 1);

enum class Smoothing { sobel, prewitt };  // [1 2 1], [1 1 1] along every other axis

// Central difference x[n + 1] − x[n − 1] along `axis`, smoothed along every other axis.
Kernel derivative(int rank, int axis, Smoothing smoothing);

// The sum of the second differences [1 −2 1] along every axis.
Kernel laplace(int rank);

// delta − amount · laplace: edges gain contrast.
Kernel sharpen(int rank, double amount);

// delta + amount · (delta − gaussian): unsharp masking.
Kernel unsharp(const std::vector<double>& sigma, double amount, double truncate = 4);

}  // namespace faltung
