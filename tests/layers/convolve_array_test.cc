// Whole arrays against the definition: layouts, items, threads, refusals.
#include <doctest/doctest.h>

#include <random>

#include "engine/convolve/reference.h"
#include "engine/layers/convolve_array.h"
#include "engine/layers/layer_problem.h"
#include "tests/convolve/random_problem.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

struct Case {
  Shape in;
  Array<double> weights;
  LayerOptions options;

  Problem problem() const { return layer_problem(in, weights.copy(), options); }
};

Case random_case(std::mt19937& random, Index items) {
  const Index groups = draw(random, 1, 2), per_group = draw(random, 1, 3);
  Case c{{items, groups * per_group, 20, 17}, {}, {}};
  c.weights = Array<double>(Shape{groups * draw(random, 1, 3), per_group, 4, 3});
  fill_noise(random, c.weights.data(), c.weights.size());
  c.options.stride = Shape{draw(random, 1, 2), draw(random, 1, 3)};
  c.options.dilation = Shape{draw(random, 1, 2), 1};
  c.options.padding = {{draw(random, 0, 3), draw(random, 0, 4)}, {2, 0}};
  c.options.groups = groups;
  c.options.boundary = static_cast<Boundary>(draw(random, 0, 5));
  c.options.bias.assign(static_cast<std::size_t>(c.weights.extents()[0]), 0.25);
  return c;
}

Array<double> noise(std::mt19937& random, const Shape& shape) {
  Array<double> result(shape);
  fill_noise(random, result.data(), result.size());
  return result;
}

Array<double> convolved(Problem p, const Array<double>& in, Workers* workers) {
  p.arithmetic = SampleType::float64;
  p.tolerance = 1e-13;
  ArraySetting setting;
  setting.workers = workers;
  const ArrayConvolution convolution(std::move(p), in.extents()[0], setting);
  Array<double> out(convolution.output_shape());
  convolution.run<double>(in.view(), out.view());
  return out;
}

Problem simple() {
  Case c{{2, 1, 5, 6}, Array<double>(Shape{1, 1, 2, 2}), {}};
  c.weights[0] = 1;
  c.options.stride = c.options.dilation = Shape{1, 1};
  c.options.padding = {{0, 0}, {0, 0}};
  return c.problem();
}

}  // namespace

TEST_CASE("convolve_array: every item equals the definition") {
  std::mt19937 random(5);
  for (int n = 0; n < 60; ++n) {
    CAPTURE(n);
    const Case c = random_case(random, 3);
    const Array<double> in = noise(random, c.in);
    const Array<double> out = convolved(c.problem(), in, nullptr);
    const Index in_item = in.size() / 3, out_item = out.size() / 3;
    for (Index item = 0; item < 3; ++item) {
      Array<double> one(c.in.from(1));
      std::copy_n(in.data() + item * in_item, in_item, one.data());
      const Array<double> wanted = reference(c.problem(), one);
      REQUIRE(wanted.size() == out_item);
      for (Index i = 0; i < out_item; ++i) {
        REQUIRE(std::abs(out[item * out_item + i] - wanted[i]) < 1e-13 * 40);
      }
    }
  }
}

TEST_CASE("convolve_array: threads and the number of items change no bit") {
  std::mt19937 random(6);
  Workers workers(3);
  Case c = random_case(random, 9);
  c.in = Shape{9, c.in[1], 90, 80};
  const Array<double> in = noise(random, c.in);
  const Array<double> alone = convolved(c.problem(), in, nullptr);
  const Array<double> among = convolved(c.problem(), in, &workers);
  CHECK(std::equal(alone.begin(), alone.end(), among.begin()));
  Array<double> first(Shape{1, c.in[1], 90, 80});
  std::copy_n(in.data(), first.size(), first.data());
  c.in[0] = 1;
  const Array<double> within = convolved(c.problem(), first, &workers);
  CHECK(std::equal(within.begin(), within.end(), alone.begin()));
}

TEST_CASE("convolve_array: channels and items may lie in any order and distance") {
  std::mt19937 random(8);
  Case c = random_case(random, 2);
  const Array<double> in = noise(random, c.in);
  const Array<double> wanted = convolved(c.problem(), in, nullptr);
  const Index channels = c.in[1], plane = 20 * 17;
  Array<double> turned(Shape{channels, 2, 20, 17});  // channels outside, items inside
  for (Index item = 0; item < 2; ++item) {
    for (Index ch = 0; ch < channels; ++ch) {
      std::copy_n(in.data() + (item * channels + ch) * plane, plane,
                  turned.data() + (ch * 2 + item) * plane);
    }
  }
  Problem p = c.problem();
  p.arithmetic = SampleType::float64;
  p.tolerance = 1e-13;
  const ArrayConvolution convolution(std::move(p), 2, {});
  Array<double> out(convolution.output_shape());
  convolution.run<double>(View<const double>(turned.data(), c.in, {plane, 2 * plane, 17, 1}),
                          out.view());
  CHECK(std::equal(out.begin(), out.end(), wanted.begin()));
}

TEST_CASE("convolve_array: refuses what does not fit and leaves the output alone") {
  const ArrayConvolution convolution(simple(), 2, {});
  Array<float> in(Shape{2, 1, 5, 6}), out(Shape{2, 1, 4, 5}), small(Shape{2, 1, 4, 4});
  out[0] = 7;
  CHECK_THROWS_WITH_AS(convolution.run<float>(in.view(), small.view()),
                       "output has shape 2x1x4x4; allowed: 2x1x4x5", Error);
  const View<const float> gaps(in.data(), in.extents(), {30, 30, 1, 5});
  CHECK_THROWS_WITH_AS(convolution.run<float>(gaps, out.view()),
                       "input has gaps along axis 2; within a channel samples must be row-major",
                       Error);
  CHECK(out[0] == 7);
}

TEST_CASE("layer_problem: strides beyond the last output take no memory") {
  LayerOptions options;
  options.dilation = Shape{1, 1};
  options.padding = {{1, 0}, {0, 2}};
  for (Index stride : {Index{5}, Index{6}, Index{1} << 28}) {
    options.stride = Shape{stride, stride};
    const Problem p = layer_problem({1, 1, 5, 6}, Array<double>(Shape{1, 1, 2, 3}), options);
    CHECK(p.stride == Shape{5, stride == 5 ? 5 : 6});
    CHECK(p.output_extent_of(0) == 1);
    CHECK(p.output_extent_of(1) == (stride == 5 ? 2 : 1));
  }
}

TEST_CASE("layer_problem: refuses channels, groups and biases that do not fit") {
  const auto message = [](Shape in, Shape weights, Index groups, std::size_t biases) {
    LayerOptions options;
    options.stride = options.dilation = Shape{1};
    options.padding = {{0, 0}};
    options.groups = groups;
    options.bias.resize(biases);
    try {
      layer_problem(in, Array<double>(weights), options);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("accepted");
  };
  CHECK(message({1, 4, 9}, {2, 4, 3}, 1, 2) == "accepted");
  CHECK(message({1, 4, 9}, {2, 3, 3}, 1, 0) ==
        "input has 4 channels; weight of shape 2x3x3 with groups = 1 allows 3");
  CHECK(message({1, 4, 9}, {3, 2, 3}, 2, 0) ==
        "groups = 2 does not divide weight's 3 output channels");
  CHECK(message({1, 4, 9}, {2, 4, 3}, 0, 0) == "groups = 0; allowed: at least 1");
  CHECK(message({1, 4, 9}, {2, 4, 3}, 1, 3) ==
        "bias has 3 values; allowed: 2, one for each output channel");
  CHECK(message({1, 4, 9, 9}, {2, 4, 3}, 1, 0) ==
        "weight of shape 2x4x3 has 3 axes; input of shape 1x4x9x9 allows 4");
}

TEST_CASE("layer_problem: refuses strides and dilations that no array has") {
  for (Index step : {Index{-1}, Index{0}, Index{1} << 62}) {
    LayerOptions options;
    options.stride = options.dilation = Shape{1};
    options.padding = {{0, 0}};
    options.stride[0] = step;
    CHECK_THROWS_AS(layer_problem({1, 1, 9}, Array<double>(Shape{1, 1, 3}), options), Error);
    options.stride[0] = 1;
    options.dilation[0] = step;
    CHECK_THROWS_AS(layer_problem({1, 1, 9}, Array<double>(Shape{1, 1, 3}), options), Error);
  }
}
