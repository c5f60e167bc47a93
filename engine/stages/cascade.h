// Neighbouring convolutions of a series, folded into one where that is predicted to be cheaper.
//
// Two responses one after the other are the convolution of both: a + b − 1 taps, once over the
// signal instead of twice, the same output within rounding, of the same length and latency. Both
// ways are planned while preparing, with the same costs; `explain` shows them and marks the one
// taken. Only kernels that leave channels alone are folded, one for all or one for each.
#pragma once

#include <vector>

#include "engine/stages/convolve.h"
#include "engine/stages/settings.h"

namespace faltung {

// A convolution and its place in the pipeline file.
struct CascadeLink {
  ConvolveOptions options;
  Located located;
  Position position;
};

// Whether `second` may be folded into `first` as far as their options say: both causal and full,
// without stride, dilation, padding or a method of their own, in the same precision, and nothing
// but the response itself in the first.
bool can_fold(const ConvolveOptions& first, const ConvolveOptions& second);

// The links one after the other, each of which can be folded into the one before. One link alone
// is a plain convolution.
StagePtr make_cascade(std::vector<CascadeLink> links);

}  // namespace faltung
