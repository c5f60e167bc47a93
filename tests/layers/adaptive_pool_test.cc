// Adaptive pooling and its gradient against the definition.
#include "engine/layers/adaptive_pool.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/layers/layer_noise.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

View<const double> read(const Array<double>& array) { return array.view(); }

Shape random_outputs(std::mt19937& random, const Shape& in) {
  Shape extents;
  for (int axis = 2; axis < in.rank(); ++axis) extents.push_back(draw(random, 1, 9));
  return extents;
}

struct Pooled {
  double largest = -std::numeric_limits<double>::infinity(), sum = 0;
  Index index = -1, count = 0;
};

// One output by its definition: sample i belongs to window m where (m·n)/o ≤ i < (m + 1)·n/o, the
// window's edges rounded outwards.
Pooled pooled(const View<const double>& x, const Shape& outputs, const Shape& m) {
  Pooled result;
  for_each_position(x.extents(), [&](const Shape& at) {
    for (int axis = 0; axis < x.rank(); ++axis) {
      const double scale = static_cast<double>(x.extent(axis)) / static_cast<double>(outputs[axis]);
      const double first = std::floor(static_cast<double>(m[axis]) * scale + 1e-9);
      const double end = std::ceil(static_cast<double>(m[axis] + 1) * scale - 1e-9);
      if (static_cast<double>(at[axis]) < first || static_cast<double>(at[axis]) >= end) return;
    }
    ++result.count;
    result.sum += x(at);
    if (x(at) > result.largest) {
      result.largest = x(at);
      result.index = x.offset(at);
    }
  });
  return result;
}

}  // namespace

TEST_CASE("adaptive_pool: equals its definition for any rank and any extents") {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const Array<double> x = noise(random, random_layer(random, draw(random, 1, 3)));
    const Shape outputs = random_outputs(random, x.extents());
    const Shape extents = adaptive_extents(x.extents(), outputs);
    Array<double> most(extents), mean(extents), alone(extents);
    Array<Index> indices(extents);
    adaptive_max_pool(read(x), most.view(), indices.view());
    adaptive_max_pool(read(x), alone.view());
    adaptive_average_pool(read(x), mean.view());
    CHECK(largest_difference(most, alone) == 0);
    double worst = 0;
    bool same = true;
    for_each_position(extents, [&](const Shape& at) {
      const Pooled p = pooled(x.view().at(at[0]).at(at[1]), outputs, at.from(2));
      same = same && most(at) == p.largest && indices(at) == p.index;
      worst = std::max(worst, std::abs(mean(at) - p.sum / static_cast<double>(p.count)));
    });
    CHECK(same);
    CHECK(worst < 1e-14);
  }
}

TEST_CASE("adaptive_pool: the mean's gradient is its adjoint, threads change no bit") {
  std::mt19937 random(2);
  Workers workers(3);
  for (int round = 0; round < 100; ++round) {
    const Array<double> x = noise(random, random_layer(random, 2));
    const Shape extents = adaptive_extents(x.extents(), random_outputs(random, x.extents()));
    const Array<double> gradient = noise(random, extents);
    Array<double> mean(extents), back(x.extents()), again(x.extents());
    adaptive_average_pool(read(x), mean.view(), &workers);
    adaptive_average_pool_gradient(read(gradient), back.view());
    adaptive_average_pool_gradient(read(gradient), again.view(), &workers);
    CHECK(inner_product(mean, gradient) == doctest::Approx(inner_product(x, back)).epsilon(1e-12));
    CHECK(largest_difference(back, again) == 0);
  }
}

TEST_CASE("adaptive_pool: NaN wins, and refuses what does not fit") {
  Array<double> x({1, 1, 4}), y({1, 1, 2}), wrong({1, 2, 2});
  x[1] = std::numeric_limits<double>::quiet_NaN();
  Array<Index> indices({1, 1, 2});
  adaptive_max_pool(read(x), y.view(), indices.view());
  CHECK(std::isnan(y[0]));
  CHECK(indices[0] == 1);
  CHECK(y[1] == 0);
  CHECK(indices[1] == 2);
  CHECK_THROWS_WITH(adaptive_average_pool(read(x), wrong.view()),
                    "the adaptive pool's output has shape 1x2x2; it must be 1x1x2");
  CHECK_THROWS_WITH(adaptive_extents({1, 1, 4}, {0}),
                    "adaptive pooling to 0 outputs; allowed: 1 to 2^30");
  CHECK_THROWS_WITH(adaptive_extents({1, 1, 4}, {1, 2}),
                    "adaptive pooling has 2 output extents; allowed: one for all axes, or one for "
                    "each of 1");
}
