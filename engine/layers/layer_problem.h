// A layer's kernel and options stated as a problem: which channels are connected, and how.
#pragma once

#include <vector>

#include "engine/convolve/problem.h"

namespace faltung {

struct LayerOptions {
  Shape stride;                  // one value for each spatial axis
  Shape dilation;                // the same; 1: no gaps
  std::vector<Padding> padding;  // the same; not negative
  Index groups = 1;              // output channels of a group read the input channels of that group
  Boundary boundary = Boundary::zero;
  double constant = 0;       // for Boundary::constant
  std::vector<double> bias;  // one for each output channel, or none
};

// `in` is [item, channel, axis…], `weights` [out channel, in channel / groups, k…]; a correlation
// (neural networks' convolution). Arithmetic, tolerance and slabs are left at Problem's defaults.
// Throws Error{configuration} where axes, channels or groups do not fit each other.
Problem layer_problem(const Shape& in, Array<double> weights, const LayerOptions& options);

}  // namespace faltung
