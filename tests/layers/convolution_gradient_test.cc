// Convolution layers backwards and transposed ones, against the reference convolution.
#include "engine/layers/convolution_gradient.h"

#include <doctest/doctest.h>

#include "engine/convolve/reference.h"
#include "tests/layers/layer_noise.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

View<const double> read(const Array<double>& array) { return array.view(); }

struct Case {
  LayerGeometry geometry;
  Array<double> in, kernel;
};

enum class Direction { forward, transposed };

// Any rank, stride, dilation, groups and padding; forward only padding that `reference` knows, not
// negative. The kernel's first axis counts the outputs, transposed the inputs.
Case draw_case(std::mt19937& random, Direction direction) {
  Case c;
  const bool transposed = direction == Direction::transposed;
  c.geometry.groups = draw(random, 1, 3);
  const Index first = c.geometry.groups * draw(random, 1, 5), second = draw(random, 1, 5);
  c.in = noise(random, random_layer(random, transposed ? first : second * c.geometry.groups));
  Shape kernel{first, second};
  const Index least = transposed ? -2 : 0;
  for (Index n : c.in.extents().from(2)) {
    kernel.push_back(draw(random, 1, std::min<Index>(n, 4)));
    c.geometry.stride.push_back(draw(random, 1, 3));
    c.geometry.dilation.push_back(draw(random, 1, 2));
    c.geometry.padding.push_back({draw(random, least, 2), draw(random, least, 2)});
  }
  c.kernel = noise(random, kernel);
  return c;
}

Case random_case(std::mt19937& random, Direction direction) {
  for (;;) {
    Case c = draw_case(random, direction);
    try {
      if (direction == Direction::transposed) {
        transposed_extents(c.in.extents(), c.kernel.extents(), c.geometry);
      } else {
        convolution_layer(c.in.extents(), c.kernel.extents(), c.geometry);
      }
      return c;
    } catch (const Error&) {  // nothing would be left: draw again
    }
  }
}

// Item by item through engine/convolve/reference.h.
Array<double> convolved(const Case& c, const Array<double>& x, const Array<double>& kernel) {
  const TapLayer layer = convolution_layer(x.extents(), kernel.extents(), c.geometry);
  Problem p;
  p.kernels = kernel.copy().reshaped([&] {
    Shape flat{layer.out_channels * layer.in_per_group()};
    for (Index k : kernel.extents().from(2)) flat.push_back(k);
    return flat;
  }());
  for (Index o = 0; o < layer.out_channels; ++o) {
    for (Index i = 0; i < layer.in_per_group(); ++i) {
      p.paths.push_back({o / layer.out_per_group() * layer.in_per_group() + i, o,
                         o * layer.in_per_group() + i});
    }
  }
  p.in_channels = layer.in_channels, p.out_channels = layer.out_channels;
  p.extent = x.extents()[2], p.inner = x.extents().from(3);
  p.padding = c.geometry.padding, p.stride = c.geometry.stride, p.dilation = c.geometry.dilation;
  Array<double> out(convolution_extents(x.extents(), kernel.extents(), c.geometry));
  const Index in_size = x.size() / x.extents()[0], out_size = out.size() / out.extents()[0];
  for (Index item = 0; item < x.extents()[0]; ++item) {
    Array<double> one(x.extents().from(1));
    std::copy_n(x.data() + item * in_size, in_size, one.data());
    const Array<double> y = reference(p, one);
    std::copy_n(y.data(), out_size, out.data() + item * out_size);
  }
  return out;
}

// The definition: every sample spread over the outputs that it reaches.
Array<double> spread(const Case& c, const Shape& out_extents, const std::vector<double>& bias) {
  Array<double> out(out_extents);
  for_each_position(out_extents, [&](const Shape& at) {
    out(at) = bias[static_cast<std::size_t>(at[1])];
  });
  const Index per_group = c.kernel.extents()[1];
  const Index in_per_group = c.in.extents()[1] / c.geometry.groups;
  for_each_position(c.in.extents(), [&](const Shape& from) {
    for_each_position(c.kernel.extents().from(1), [&](const Shape& tap) {
      Shape at{from[0], from[1] / in_per_group * per_group + tap[0]}, weight{from[1], tap[0]};
      for (int axis = 2; axis < from.rank(); ++axis) {
        at.push_back(from[axis] * c.geometry.stride[axis - 2] +
                     tap[axis - 1] * c.geometry.dilation[axis - 2] -
                     c.geometry.padding[static_cast<std::size_t>(axis - 2)].before);
        weight.push_back(tap[axis - 1]);
        if (at[axis] < 0 || at[axis] >= out_extents[axis]) return;
      }
      out(at) += c.in(from) * c.kernel(weight);
    });
  });
  return out;
}

Shape random_output_padding(std::mt19937& random, const LayerGeometry& geometry) {
  Shape more;
  for (int axis = 0; axis < geometry.stride.rank(); ++axis) {
    more.push_back(
        draw(random, 0, std::max(geometry.stride[axis], geometry.dilation[axis]) - 1));
  }
  return more;
}

}  // namespace

TEST_CASE("convolution gradient: <Kx, y> = <x, K'y> = <K, gradient> for any layer") {
  std::mt19937 random(1);
  for (int round = 0; round < 150; ++round) {
    const Case c = random_case(random, Direction::forward);
    const Array<double> kx = convolved(c, c.in, c.kernel);
    const Array<double> y = noise(random, kx.extents());
    Array<double> back(c.in.extents()), kernel(c.kernel.extents());
    convolution_input_gradient(read(y), read(c.kernel), c.geometry, back.view());
    convolution_kernel_gradient(read(c.in), read(y), c.geometry, kernel.view());
    const double expected = inner_product(kx, y);
    CHECK(std::abs(inner_product(c.in, back) - expected) < 1e-10);
    CHECK(std::abs(inner_product(c.kernel, kernel) - expected) < 1e-10);
  }
}

TEST_CASE("convolution gradient: input, kernel and bias equal finite differences") {
  std::mt19937 random(2);
  for (int round = 0; round < 12; ++round) {
    Case c = random_case(random, Direction::forward);
    const Array<double> slope = noise(random, convolved(c, c.in, c.kernel).extents());
    Array<double> back(c.in.extents()), kernel(c.kernel.extents()), bias({slope.extents()[1]});
    convolution_input_gradient(read(slope), read(c.kernel), c.geometry, back.view());
    convolution_kernel_gradient(read(c.in), read(slope), c.geometry, kernel.view());
    bias_gradient(read(slope), bias.data());
    const auto loss = [&] { return inner_product(convolved(c, c.in, c.kernel), slope); };
    CHECK(largest_difference(back, numeric_gradient(c.in, loss)) < 1e-7);
    CHECK(largest_difference(kernel, numeric_gradient(c.kernel, loss)) < 1e-7);
    Array<double> shift({slope.extents()[1]});
    CHECK(largest_difference(bias, numeric_gradient(shift, [&] {
            double sum = 0;
            for_each_position(slope.extents(), [&](const Shape& at) {
              sum += slope(at) * shift[at[1]];
            });
            return sum;
          })) < 1e-7);
  }
}

TEST_CASE("transposed convolution: equals its definition, with padding that adds and that cuts") {
  std::mt19937 random(3);
  for (int round = 0; round < 150; ++round) {
    const Case c = random_case(random, Direction::transposed);
    const Shape extents = transposed_extents(c.in.extents(), c.kernel.extents(), c.geometry,
                                             random_output_padding(random, c.geometry));
    const Array<double> bias = noise(random, {extents[1]});
    Array<double> out(extents);
    transposed_convolution(read(c.in), read(c.kernel), bias.data(), c.geometry, out.view());
    CHECK(largest_difference(out, spread(c, extents, {bias.begin(), bias.end()})) < 1e-12);
  }
}

TEST_CASE("transposed convolution: gradients satisfy the adjoint identity and finite differences") {
  std::mt19937 random(4);
  for (int round = 0; round < 60; ++round) {
    Case c = random_case(random, Direction::transposed);
    Array<double> out(transposed_extents(c.in.extents(), c.kernel.extents(), c.geometry,
                                         random_output_padding(random, c.geometry)));
    const Array<double> slope = noise(random, out.extents());
    Array<double> back(c.in.extents()), kernel(c.kernel.extents());
    const auto loss = [&] {
      transposed_convolution<double>(read(c.in), read(c.kernel), nullptr, c.geometry, out.view());
      return inner_product(out, slope);
    };
    transposed_input_gradient(read(slope), read(c.kernel), c.geometry, back.view());
    transposed_kernel_gradient(read(c.in), read(slope), c.geometry, kernel.view());
    const double expected = loss();
    CHECK(std::abs(inner_product(c.in, back) - expected) < 1e-10);
    CHECK(std::abs(inner_product(c.kernel, kernel) - expected) < 1e-10);
    if (round % 5 != 0) continue;
    CHECK(largest_difference(back, numeric_gradient(c.in, loss)) < 1e-7);
    CHECK(largest_difference(kernel, numeric_gradient(c.kernel, loss)) < 1e-7);
  }
}

TEST_CASE("transposed convolution: undoes a convolution's extents, and its last rows are outputs") {
  const Shape in{1, 1, 3}, kernel{1, 1, 3};
  const LayerGeometry geometry{.stride = {2}, .padding = {{1, 1}}};
  CHECK(transposed_extents(in, kernel, geometry) == Shape{1, 1, 5});
  CHECK(transposed_extents(in, kernel, geometry, {1}) == Shape{1, 1, 6});
  CHECK(convolution_extents({1, 1, 5}, kernel, geometry) == in);
  CHECK(convolution_extents({1, 1, 6}, kernel, geometry) == in);
  Array<double> x(in), w(kernel), y({1, 1, 6});
  std::fill(x.begin(), x.end(), 1.0);
  std::fill(w.begin(), w.end(), 1.0);
  transposed_convolution<double>(read(x), read(w), nullptr, geometry, y.view());
  const std::vector<double> expected{1, 2, 1, 2, 1, 1};
  CHECK(std::vector<double>(y.begin(), y.end()) == expected);
}

TEST_CASE("transposed convolution: output padding may be all there is") {
  const Shape in{1, 1, 1}, kernel{1, 1, 2};
  const LayerGeometry geometry{.stride = {2}, .padding = {{1, 1}}};
  REQUIRE(transposed_extents(in, kernel, geometry, {1}) == Shape{1, 1, 1});
  Array<double> x(in), w(kernel), y({1, 1, 1});
  x[0] = 3, w[0] = 5, w[1] = 7;
  transposed_convolution<double>(read(x), read(w), nullptr, geometry, y.view());
  CHECK(y[0] == 21);
}

TEST_CASE("convolution gradient: threads change no bit, float32 stays near float64") {
  std::mt19937 random(5);
  const Array<double> y = noise(random, {2, 6, 7, 9}), w = noise(random, {6, 5, 3, 3});
  Array<float> y32(y.extents()), w32(w.extents()), one({2, 5, 9, 11}), two({2, 5, 9, 11});
  Array<double> exact({2, 5, 9, 11});
  std::copy(y.begin(), y.end(), y32.begin());
  std::copy(w.begin(), w.end(), w32.begin());
  const View<const float> slope = y32.view(), kernel = w32.view();
  Workers workers(2);
  convolution_input_gradient(slope, kernel, {}, one.view());
  convolution_input_gradient(slope, kernel, {}, two.view(), &workers);
  convolution_input_gradient(read(y), read(w), {}, exact.view());
  CHECK(std::equal(one.begin(), one.end(), two.begin()));
  for (Index i = 0; i < exact.size(); ++i) CHECK(std::abs(one[i] - exact[i]) < 1e-5);
  Array<float> first(w.extents()), second(w.extents());
  const View<const float> in = one.view();
  convolution_kernel_gradient(in, slope, {}, first.view());
  convolution_kernel_gradient(in, slope, {}, second.view(), &workers);
  CHECK(std::equal(first.begin(), first.end(), second.begin()));
}

TEST_CASE("convolution gradient: refuses layers that make no sense") {
  const Shape in{1, 4, 5}, kernel{6, 2, 3};
  CHECK_THROWS_WITH(convolution_extents(in, kernel, {}),
                    "the layer's input has 4 channels; kernel 6x2x3 in 1 groups needs 2");
  CHECK_THROWS_WITH(convolution_extents(in, kernel, {.groups = 4}),
                    "the layer has 4 groups; allowed: divisors of the kernel's 6 channels");
  CHECK_THROWS_WITH(convolution_extents(in, kernel, {.stride = {0}, .groups = 2}),
                    "the layer's stride is 0; allowed: 1 to 2^30");
  CHECK_THROWS_WITH(convolution_extents(in, kernel, {.dilation = {3}, .groups = 2}),
                    "the layer's kernel reaches over 7 samples along axis 0; the padded input "
                    "has 5");
  CHECK_THROWS_WITH(convolution_extents(in, kernel, {.padding = {{INT64_MIN, 0}}, .groups = 2}),
                    "the layer's padding is -9223372036854775808, 0; allowed: -2^30 to 2^30");
  CHECK_THROWS_WITH(convolution_extents(in, kernel, {.groups = INT64_MAX}),
                    "the layer has 9223372036854775807 groups; allowed: divisors of the kernel's "
                    "6 channels");
  CHECK_THROWS_WITH(convolution_extents({4, 5}, {6, 2}, {}),
                    "the layer's input has shape 4x5, its kernel 6x2; needed: [item, channel, "
                    "axis…] and [channel, channel, axis…] of the same rank");
  CHECK_THROWS_WITH(transposed_extents({1, 6, 5}, kernel, {.stride = {2}}, {2}),
                    "the output padding of axis 0 is 2; allowed: 0 to 1, below stride or dilation");
  CHECK_THROWS_WITH(transposed_extents({1, 6, 1}, kernel, {.padding = {{2, 1}}}),
                    "the transposed layer's padding leaves 0 samples along axis 0; at least 1 is "
                    "needed");
}
