// How scipy.ndimage's filters compute and store: which arithmetic is exact, how results are kept.
#pragma once

#include <vector>

#include "engine/layers/element_copy.h"

namespace faltung {

// float32 in and out is computed in float32, everything else in float64; where taps and samples are
// integers whose sums float32 holds, in float32 too. Sums of integers are exact before they are
// divided. Integer results are truncated towards zero and wrapped; SciPy truncates what its own
// rounding left, here values within rounding of an integer are that integer, so that a constant
// image stays constant.
struct FilterRule {
  SampleType arithmetic = SampleType::float64;
  bool divided_taps = false;  // taps are divided before they are used, not sums
  double tolerance = -1;  // 0: sums are exact whatever is asked; else as Problem, below 0 the usual
  Storing storing;
};

// `taps` (any rank, `count` of them) before they are divided; `constant`: what lies outside, or 0.
// Looks at the samples only where their type alone does not say how large they may be.
FilterRule filter_rule(const ElementView& in, const double* taps, Index count, double constant,
                       double divisor, Element out) noexcept;

// The largest absolute value; infinite where there are NaN.
double largest(const ElementView& in) noexcept;

// Two arrays of equal extents seen with fewer axes: neighbours that follow each other without a gap
// in both become one, except around axes marked `kept`; axes of one position that are not kept
// disappear. `kept` marks the remaining axes afterwards. At least one axis stays.
void merge_axes(ElementView& a, ElementView& b, std::vector<bool>& kept);

}  // namespace faltung
