// Upsampling against values known from PyTorch, against its definition, and its adjoint.
#include "engine/layers/upsample.h"

#include <doctest/doctest.h>

#include <limits>

#include "tests/layers/layer_noise.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

View<const double> read(const Array<double>& array) { return array.view(); }

std::vector<double> line(const std::vector<double>& values, Index extent, const Upsampling& how) {
  Array<double> in({1, 1, static_cast<Index>(values.size())}), out({1, 1, extent});
  std::copy(values.begin(), values.end(), in.begin());
  upsample(read(in), how, out.view());
  return {out.begin(), out.end()};
}

// Where output m lies, clamped to the axis: the header's table again.
double position(Interpolation kind, Index m, Index n, Index o) {
  const double ratio = static_cast<double>(n) / static_cast<double>(o);
  const double half = (static_cast<double>(m) + 0.5) * ratio - 0.5;
  const double corners = o == 1 ? 0
                                : static_cast<double>(m * (n - 1)) / static_cast<double>(o - 1);
  return std::clamp(kind == Interpolation::linear ? half : corners, 0.0,
                    static_cast<double>(n - 1));
}

// Multilinear interpolation in one sum over all samples: tents of width 1 around each.
double tents(const View<const double>& x, Interpolation kind, const Shape& m,
             const Shape& extents) {
  double sum = 0;
  for_each_position(x.extents(), [&](const Shape& at) {
    double weight = 1;
    for (int axis = 0; axis < x.rank(); ++axis) {
      const double p = position(kind, m[axis], x.extent(axis), extents[axis]);
      weight *= std::max(0.0, 1 - std::abs(p - static_cast<double>(at[axis])));
    }
    sum += weight * x(at);
  });
  return sum;
}

Shape random_extents(std::mt19937& random, const Shape& in) {
  Shape out = in.to(2);
  for (Index n : in.from(2)) out.push_back(draw(random, 1, 2 * n + 1));
  return out;
}

}  // namespace

TEST_CASE("upsample: a line of three to six, in all four ways") {
  using V = std::vector<double>;
  CHECK(line({1, 2, 4}, 6, {Interpolation::nearest}) == V{1, 1, 2, 2, 4, 4});
  CHECK(line({1, 2, 4}, 5, {Interpolation::nearest}) == V{1, 1, 2, 2, 4});
  CHECK(line({1, 2, 4}, 5, {Interpolation::nearest_centre}) == V{1, 1, 2, 4, 4});
  CHECK(line({1, 2, 4}, 6, {Interpolation::linear}) == V{1, 1.25, 1.75, 2.5, 3.5, 4});
  CHECK(line({1, 2, 4}, 5, {Interpolation::linear_corners}) == V{1, 1.5, 2, 3, 4});
  CHECK(line({1, 2, 4}, 1, {Interpolation::linear_corners}) == V{1});
  CHECK(line({1, 2, 4}, 4, {Interpolation::nearest, {0.5}}) == V{1, 1, 2, 2});
  CHECK(line({1, 2, 4}, 4, {Interpolation::linear, {0.5}}) == V{1, 1.25, 1.75, 2.5});
  CHECK(line({5, 9}, 3, {Interpolation::nearest, {10}}) == V{5, 9, 9});
}

TEST_CASE("upsample: linear equals one sum of tents, in any rank, up and down") {
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    const Array<double> x = noise(random, random_layer(random, 2));
    const auto kind = round % 2 ? Interpolation::linear : Interpolation::linear_corners;
    Array<double> y(random_extents(random, x.extents()));
    upsample(read(x), {kind}, y.view());
    double worst = 0;
    for_each_position(y.extents(), [&](const Shape& at) {
      const double right =
          tents(x.view().at(at[0]).at(at[1]), kind, at.from(2), y.extents().from(2));
      worst = std::max(worst, std::abs(right - y(at)));
    });
    CHECK(worst < 1e-13);
  }
}

TEST_CASE("upsample: the gradient is the adjoint, <Ux, y> = <x, U'y>") {
  std::mt19937 random(2);
  for (int round = 0; round < 80; ++round) {
    const Array<double> x = noise(random, random_layer(random, 2));
    const Array<double> y = noise(random, random_extents(random, x.extents()));
    const Upsampling how{static_cast<Interpolation>(round % 4)};
    Array<double> up(y.extents()), down(x.extents());
    upsample(read(x), how, up.view());
    upsample_gradient(read(y), how, down.view());
    CHECK(std::abs(inner_product(up, y) - inner_product(x, down)) < 1e-11);
  }
}

TEST_CASE("upsample: float32 is the same with threads, and infinity stays where it is") {
  std::mt19937 random(3);
  Array<float> x({2, 3, 5, 4}), one({2, 3, 9, 7}), two({2, 3, 9, 7});
  for (float& value : x) value = static_cast<float>(draw(random, -100, 100));
  Workers workers(2);
  const View<const float> in = x.view();
  upsample(in, {Interpolation::linear}, one.view());
  upsample(in, {Interpolation::linear}, two.view(), &workers);
  CHECK(std::equal(one.begin(), one.end(), two.begin()));
  const double infinite = std::numeric_limits<double>::infinity();
  const std::vector<double> y = line({1, infinite, 3}, 5, {Interpolation::linear_corners});
  CHECK(y[0] == 1);
  CHECK(y[4] == 3);
}

TEST_CASE("upsample: an axis with step 0 is as exact as without steps") {
  Array<double> in({1, 1, 49, 3}), out({1, 1, 49 * 49, 5});
  for (Index n = 0; n < in.size(); ++n) in[n] = static_cast<double>(n / 3);
  upsample(read(in), {Interpolation::nearest, {0, 0.7}}, out.view());
  bool same = true;
  for (Index n = 0; n < 49 * 49; ++n) {
    same = same && out(Shape{0, 0, n, 0}) == static_cast<double>(n / 49);
  }
  CHECK(same);
}

TEST_CASE("upsample: refuses arrays that do not match and steps without sense") {
  Array<double> in({1, 2, 3}), out({1, 1, 6}), right({1, 2, 6});
  CHECK_THROWS_WITH(upsample(read(in), {}, out.view()),
                    "the array to upsample has shape 1x2x3, the upsampled one 1x1x6; items, "
                    "channels and rank must be equal");
  CHECK_THROWS_WITH(upsample(read(in), {Interpolation::linear, {-1.0}}, right.view()),
                    "an upsampling step is -1.000000; allowed: finite ones above 0, or 0 for "
                    "input / output extent");
  CHECK_THROWS_WITH(upsample(read(in), {Interpolation::linear_corners, {0.5}}, right.view()),
                    "upsampling with aligned corners takes no steps: the corners decide them");
}
