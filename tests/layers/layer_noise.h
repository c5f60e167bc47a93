// Arrays of noise, inner products and numeric slopes, for tests of layers.
#pragma once

#include <functional>
#include <random>

#include "engine/nd/array.h"
#include "tests/convolve/random_problem.h"

namespace faltung::testing {

inline Array<double> noise(std::mt19937& random, const Shape& extents) {
  Array<double> result(extents);
  fill_noise(random, result.data(), result.size());
  return result;
}

// [item, channel, axis…] of rank 1 to 4, extents that shrink as the rank grows.
inline Shape random_layer(std::mt19937& random, Index channels) {
  Shape extents{draw(random, 1, 2), channels};
  const int rank = static_cast<int>(draw(random, 1, 4));
  const Index largest[] = {40, 12, 7, 5};
  for (int axis = 0; axis < rank; ++axis) extents.push_back(draw(random, 2, largest[rank - 1]));
  return extents;
}

inline double inner_product(const Array<double>& a, const Array<double>& b) {
  double sum = 0;
  for (Index i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

inline double largest_difference(const Array<double>& a, const Array<double>& b) {
  double largest = a.extents() == b.extents() ? 0 : INFINITY;
  for (Index i = 0; i < a.size() && std::isfinite(largest); ++i) {
    largest = std::max(largest, std::abs(a[i] - b[i]));
  }
  return largest;
}

// d loss / d x by central differences; the loss must be smooth within ±1e-5 of every value.
inline Array<double> numeric_gradient(Array<double>& x, const std::function<double()>& loss) {
  constexpr double kStep = 1e-5;  // rounding 1e-16/1e-5 and curvature 1e-10 both stay below 1e-9
  Array<double> gradient(x.extents());
  for (Index i = 0; i < x.size(); ++i) {
    const double value = x[i];
    x[i] = value + kStep;
    const double above = loss();
    x[i] = value - kStep;
    gradient[i] = (above - loss()) / (2 * kStep);
    x[i] = value;
  }
  return gradient;
}

}  // namespace faltung::testing
