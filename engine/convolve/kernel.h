// The coefficients of a convolution, any rank, in float64.
#pragma once

#include <string>
#include <vector>

#include "engine/convolve/path.h"
#include "engine/nd/array.h"

namespace faltung {

// For `s` spatial axes the values have rank s (one kernel, applied to every channel),
// s + 1 (one kernel for each channel: [channel, k…]) or s + 2 (a layer or matrix:
// [out channel, in channel / groups, k…]).
struct Kernel {
  Array<double> values;
  double rate_hz = 0;       // of a response; 0: none, taps count samples
  std::string name;         // for messages: "hall.wav", "sobel-x"
  std::string remark = {};  // what a user should know of how it was made: lines
  // A sparse matrix of responses: where there are paths, the values are [response, taps] and a
  // path's kernel is a row of them. Ordered and unique as Problem::paths; the highest `out` says
  // how many output channels there are.
  std::vector<Path> paths = {};

  Kernel copy() const { return {values.copy(), rate_hz, name, remark, paths}; }
};

}  // namespace faltung
