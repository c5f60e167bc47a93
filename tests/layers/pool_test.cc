// Pooling, unpooling and their gradients against the definition.
#include "engine/layers/pool.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "engine/layers/unpool.h"
#include "tests/layers/layer_noise.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

// A window that pool_axes accepts: at most half the size as padding, but dilation and ceil.
PoolWindow random_window(std::mt19937& random, const Shape& in) {
  for (;;) {
    PoolWindow window;
    window.ceil = draw(random, 0, 1) == 1;
    for (Index n : in.from(2)) {
      const Index size = draw(random, 1, std::min<Index>(n, 4));
      window.size.push_back(size);
      window.stride.push_back(draw(random, 1, 3));
      window.dilation.push_back(draw(random, 1, 2));
      window.padding.push_back({draw(random, 0, size / 2), draw(random, 0, size / 2)});
    }
    try {
      pool_axes(in, window);
      return window;
    } catch (const Error&) {  // too large for the signal: draw again
    }
  }
}

struct Pooled {
  double largest = -std::numeric_limits<double>::infinity(), sum = 0, squares = 0;
  Index index = -1, inside = 0, padded = 0;
};

// One output by its definition: every tap looked at, wherever it lies.
Pooled pooled(const View<const double>& x, const PoolWindow& window, const Shape& m) {
  Pooled result;
  for_each_position(window.size, [&](const Shape& j) {
    Shape at = m;
    bool inside = true, padded = true;
    for (int axis = 0; axis < x.rank(); ++axis) {
      const Padding padding = window.padding[static_cast<std::size_t>(axis)];
      at[axis] = m[axis] * window.stride[axis] + j[axis] * window.dilation[axis] - padding.before;
      inside = inside && at[axis] >= 0 && at[axis] < x.extent(axis);
      padded = padded && at[axis] < x.extent(axis) + padding.after;
    }
    result.padded += padded ? 1 : 0;
    if (!inside) return;
    const double value = x(at);
    ++result.inside;
    result.sum += value;
    result.squares += value * value;
    if (value > result.largest) {
      result.largest = value;
      result.index = x.offset(at);
    }
  });
  return result;
}

View<const double> read(const Array<double>& array) { return array.view(); }

}  // namespace

TEST_CASE("pool: equals its definition for any rank, stride, dilation, padding and rounding") {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const Array<double> x = noise(random, random_layer(random, draw(random, 1, 3)));
    const PoolWindow window = random_window(random, x.extents());
    const Shape extents = pool_extents(x.extents(), window);
    Array<double> most(extents), mean(extents), inside_mean(extents), norm(extents);
    Array<Index> indices(extents);
    max_pool(read(x), window, most.view(), indices.view());
    average_pool(read(x), window, {}, mean.view());
    average_pool(read(x), window, {.count_include_pad = false}, inside_mean.view());
    lp_pool(read(x), window, 2.0, norm.view());
    double worst = 0;
    bool same = true;
    for_each_position(extents, [&](const Shape& at) {
      const Pooled p = pooled(x.view().at(at[0]).at(at[1]), window, at.from(2));
      same = same && most(at) == p.largest && indices(at) == p.index;
      worst = std::max(worst, std::abs(mean(at) - p.sum / static_cast<double>(p.padded)));
      worst = std::max(worst, std::abs(inside_mean(at) - p.sum / static_cast<double>(p.inside)));
      worst = std::max(worst, std::abs(norm(at) - std::sqrt(p.squares)));
    });
    CHECK(same);
    CHECK(worst < 1e-14);
  }
}

TEST_CASE("pool: in ceil mode counts the padding but never what hangs over it") {
  Array<double> x({1, 1, 5});
  for (Index n = 0; n < 5; ++n) x[n] = static_cast<double>(n + 1);
  const PoolWindow window{.size = {3}, .stride = {2}, .padding = {{1, 1}}, .ceil = true};
  REQUIRE(pool_extents(x.extents(), window) == Shape{1, 1, 3});
  Array<double> mean({1, 1, 3});
  average_pool(read(x), window, {}, mean.view());
  CHECK(mean[0] == doctest::Approx(1));
  CHECK(mean[2] == doctest::Approx(3));
  const PoolWindow over{.size = {4}, .stride = {3}, .ceil = true};
  average_pool(read(x), over, {}, mean.view().part(2, 0, 2));
  CHECK(mean[1] == doctest::Approx(4.5));  // 4 and 5, divided by 2
  average_pool(read(x), over, {.count_include_pad = true, .fixed = 4}, mean.view().part(2, 0, 2));
  CHECK(mean[1] == doctest::Approx(2.25));
}

TEST_CASE("pool: of equal samples takes the first, and NaN before every number") {
  Array<double> x({1, 1, 2, 3});
  const double values[] = {7, 7, 0, 7, 1, 2};
  std::copy(std::begin(values), std::end(values), x.begin());
  Array<double> most({1, 1, 1, 1});
  Array<Index> index({1, 1, 1, 1});
  const PoolWindow all = global_window(x.extents());
  max_pool(read(x), all, most.view(), index.view());
  CHECK(index[0] == 0);
  x[4] = std::numeric_limits<double>::quiet_NaN();
  max_pool(read(x), all, most.view(), index.view());
  CHECK(std::isnan(most[0]));
  CHECK(index[0] == 4);
  max_pool(read(x), all, most.view());
  CHECK(std::isnan(most[0]));
  std::fill(x.begin(), x.end(), -std::numeric_limits<double>::infinity());
  max_pool(read(x), all, most.view(), index.view());
  CHECK(index[0] == 0);
}

TEST_CASE("pool: threads and parts of larger arrays change no bit, float32 follows float64") {
  std::mt19937 random(2);
  const Array<double> x = noise(random, {2, 4, 9, 11});
  Array<float> single({2, 4, 9, 11}), all({2, 4, 4, 5}), part({2, 2, 4, 5});
  std::copy(x.begin(), x.end(), single.begin());
  const PoolWindow window{.size = {3}, .stride = {2}};
  Array<double> mean({2, 4, 4, 5});
  average_pool(read(x), window, {}, mean.view());
  Workers workers(2);
  const View<const float> in = single.view();
  average_pool(in, window, {}, all.view(), &workers);
  average_pool(in.part(1, 1, 2), window, {}, part.view());
  for (Index i = 0; i < mean.size(); ++i) CHECK(all[i] == doctest::Approx(mean[i]).epsilon(1e-5));
  for_each_position(part.extents(), [&](const Shape& at) {
    CHECK(part(at) == all({at[0], at[1] + 1, at[2], at[3]}));
  });
}

TEST_CASE("pool: gradients equal finite differences") {
  std::mt19937 random(3);
  for (int round = 0; round < 20; ++round) {
    Array<double> x = noise(random, random_layer(random, 2));
    const PoolWindow window = random_window(random, x.extents());
    const Shape extents = pool_extents(x.extents(), window);
    const Array<double> slope = noise(random, extents);
    const double p = round % 2 == 0 ? 2.0 : 3.5;
    Array<double> y(extents), gradient(x.extents());
    Array<Index> indices(extents);
    const PoolDivisor divisor{.count_include_pad = round % 3 == 0};

    max_pool(read(x), window, y.view(), indices.view());
    scatter_add(read(slope), View<const Index>(indices.view()), gradient.view());
    CHECK(largest_difference(gradient, numeric_gradient(x, [&] {
            max_pool(read(x), window, y.view());
            return inner_product(slope, y);
          })) < 1e-9);

    average_pool_gradient(read(slope), window, divisor, gradient.view());
    CHECK(largest_difference(gradient, numeric_gradient(x, [&] {
            average_pool(read(x), window, divisor, y.view());
            return inner_product(slope, y);
          })) < 1e-9);

    lp_pool(read(x), window, p, y.view());
    lp_pool_gradient(read(x), read(y), read(slope), window, p, gradient.view());
    CHECK(largest_difference(gradient, numeric_gradient(x, [&] {
            lp_pool(read(x), window, p, y.view());
            return inner_product(slope, y);
          })) < 1e-4);  // |x|^(1/p) bends without bound at 0
  }
}

TEST_CASE("pool: a window far larger than the signal takes no longer than the signal") {
  Array<double> x({1, 1, 4}), y({1, 1, 1});
  x[2] = 5;
  max_pool(read(x), {.size = {Index{1} << 40}, .ceil = true}, y.view());
  CHECK(y[0] == 5);
}

TEST_CASE("pool: refuses what has no answer, and says what is allowed") {
  const Shape x{1, 1, 4};
  CHECK_THROWS_WITH(pool_axes(x, {.size = {5}}),
                    "a pool window of extent 5 does not fit into the 4 padded samples of axis 0");
  CHECK_THROWS_WITH(pool_axes(x, {.size = {2}, .dilation = {5}, .padding = {{1, 1}}, .ceil = true}),
                    "pool window 0 of axis 0 has no sample of the signal in it; less padding or "
                    "dilation is needed");
  CHECK_THROWS_WITH(pool_axes(x, {.size = {2}, .padding = {{2, 0}}}),
                    "pool padding of axis 0 is 2, 0; allowed: 0 to 1, below the window's extent");
  CHECK_THROWS_WITH(pool_axes(x, {.size = {0}}), "pool size is 0; allowed: 1 to 2^40");
  CHECK_THROWS_WITH(pool_axes(x, {.size = {2, 2}}),
                    "pool size has 2 entries; allowed: one for all axes, or one for each of 1");
  Array<double> in(x), out({1, 1, 3});
  CHECK_THROWS_WITH(average_pool(read(in), {.size = {2}}, {}, out.view()),
                    "the pool's output has shape 1x1x3; it must be 1x1x2");
  CHECK_THROWS_WITH(lp_pool(read(in), {.size = {2}}, 0.5, out.view().part(2, 0, 2)),
                    "the pool's exponent p is 0.500000; allowed: finite numbers from 1 on");
}

TEST_CASE("unpool: puts every largest sample back, and gathering undoes it") {
  std::mt19937 random(4);
  const Array<double> x = noise(random, {2, 3, 8, 6});
  const PoolWindow window{.size = {2}};
  Array<double> most({2, 3, 4, 3}), back({2, 3, 4, 3}), sparse(x.extents());
  Array<Index> indices({2, 3, 4, 3});
  max_pool(read(x), window, most.view(), indices.view());
  const View<const Index> where = indices.view();
  max_unpool(read(most), where, sparse.view());
  double sum = 0;
  for (Index i = 0; i < x.size(); ++i) {
    CHECK((sparse[i] == 0 || sparse[i] == x[i]));
    sum += sparse[i];
  }
  CHECK(sum == doctest::Approx(inner_product(most, [] {
          Array<double> ones({2, 3, 4, 3});
          std::fill(ones.begin(), ones.end(), 1.0);
          return ones;
        }())));
  gather(read(sparse), where, back.view());
  CHECK(largest_difference(back, most) == 0);
  indices[5] = 48;
  CHECK_THROWS_WITH(max_unpool(read(most), where, sparse.view()),
                    "an unpooling index is 48; allowed: 0 to 47");
}

TEST_CASE("unpool: adds where places are shared, the adjoint of gathering") {
  std::mt19937 random(5);
  const Array<double> small = noise(random, {1, 2, 5}), large = noise(random, {1, 2, 3, 4});
  Array<double> flat_small({1, 2, 5, 1}), scattered({1, 2, 3, 4}), gathered({1, 2, 5, 1});
  std::copy(small.begin(), small.end(), flat_small.begin());
  Array<Index> indices({1, 2, 5, 1});
  for (Index& index : indices) index = draw(random, 0, 11);
  const View<const Index> where = indices.view();
  scatter_add(read(flat_small), where, scattered.view());
  gather(read(large), where, gathered.view());
  CHECK(inner_product(scattered, large) == doctest::Approx(inner_product(flat_small, gathered)));
}
