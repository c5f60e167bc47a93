// The coefficients of a convolution, any rank, in float64.
#pragma once

#include <string>

#include "engine/nd/array.h"

namespace faltung {

// For `s` spatial axes the values have rank s (one kernel, applied to every channel),
// s + 1 (one kernel for each channel: [channel, k…]) or s + 2 (a layer or matrix:
// [out channel, in channel / groups, k…]).
struct Kernel {
  Array<double> values;
  double rate_hz = 0;  // of a response; 0: none, taps count samples
  std::string name;    // for messages: "hall.wav", "sobel-x"
  std::string remark = {};  // what a user should know of how it was made
};

}  // namespace faltung
