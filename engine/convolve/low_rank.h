// Kernels as sums of products of 1-D kernels, found by singular value decomposition.
#pragma once

#include <vector>

#include "engine/nd/array.h"

namespace faltung {

// One product: factors[axis] has as many taps as the kernel along that axis.
struct SeparableTerm {
  std::vector<std::vector<double>> factors;
};

struct LowRank {
  std::vector<SeparableTerm> terms;
  double error = 0;  // Σ |kernel − Σ terms| / Σ |kernel|: bounds the output's error relative to the
                     // largest output that inputs of this size can give
};

// The fewest terms whose error is at most `tolerance`; more than `max_terms`: gives up, no terms.
// `taps` are the kernel's extents (rank at least 2), row-major. One-sided Jacobi rotations
// (Hestenes 1958) of the unfolding along the first axis, then recursively.
LowRank low_rank(const double* kernel, const Shape& taps, double tolerance, int max_terms);

}  // namespace faltung
