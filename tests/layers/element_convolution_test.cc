// Arrays of any element type and layout: the same values as from dense copies.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "engine/layers/convolution_cache.h"
#include "engine/layers/element_convolution.h"
#include "engine/layers/filter_elements.h"
#include "tests/layers/layer_noise.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

ElementView view_of(Array<double>& array) {
  ElementView view{reinterpret_cast<std::byte*>(array.data()), Element::float64, array.extents(),
                   row_major_strides(array.extents())};
  for (Index& stride : view.strides) stride *= 8;
  return view;
}

// A copy of an array whose axes lie in another order, with gaps, of another type, unaligned.
struct Scattered {
  Scattered(const Shape& extents, Element type) {
    const int rank = extents.rank();
    view.type = type;
    view.extents = extents;
    view.strides = Shape::filled(rank, 0);
    Index step = size_of(type) + 3;
    for (int axis = 0; axis < rank; ++axis) {
      view.strides[axis] = axis % 2 == 0 ? step : -step;
      step *= extents[axis] + 1;
    }
    memory.resize(static_cast<std::size_t>(2 * step));
    view.data = memory.data() + step + 1;
  }
  std::vector<std::byte> memory;
  ElementView view;
};

LayerOptions centred(const Shape& taps, Boundary boundary) {
  LayerOptions options;
  for (Index k : taps) {
    options.stride.push_back(1);
    options.dilation.push_back(1);
    options.padding.push_back({k / 2, k - 1 - k / 2});
  }
  options.boundary = boundary;
  return options;
}

double stored_as(double value, Element type, const Storing& storing) {
  Scattered one(Shape{1}, type);
  double back = 0;
  scatter(&value, one.view, storing);
  gather(one.view, &back);
  return back;
}

}  // namespace

TEST_CASE("element_copy: integers are truncated towards zero and wrap") {
  CHECK(stored_as(-1.75, Element::int8, {}) == -1);
  CHECK(stored_as(600.9, Element::uint8, {}) == 88);
  CHECK(stored_as(-5, Element::uint8, {}) == 251);
  CHECK(stored_as(-5, Element::uint8, {.small = true}) == 251);
  CHECK(stored_as(40000, Element::int16, {}) == -25536);
  CHECK(stored_as(0x1p63, Element::uint64, {}) == 0x1p63);
  CHECK(stored_as(256, Element::boolean, {}) == 0);
  CHECK(stored_as(NAN, Element::int64, {}) == -0x1p63);
  CHECK(stored_as(2.5, Element::float32, {.divisor = 2}) == 1.25);
  CHECK(stored_as(-7, Element::int32, {.divisor = 2}) == -3);
  CHECK(stored_as(2.9999, Element::int32, {.round = true}) == 3);
  CHECK(stored_as(2.9999, Element::int32, {.nudge = 1e-3}) == 3);
  CHECK(stored_as(-2.9999, Element::uint8, {.nudge = 1e-3, .small = true}) == 253);
}

TEST_CASE("element_convolution: any layout gives the bits of dense arrays, in place too") {
  std::mt19937 random(3);
  for (int n = 0; n < 80; ++n) {
    CAPTURE(n);
    Shape extents = random_layer(random, draw(random, 1, 3)), taps{extents[1], 1};
    if (n % 4 == 0) extents[2] *= 400;  // more than a block
    for (int axis = 2; axis < extents.rank(); ++axis) taps.push_back(draw(random, 1, 4));
    LayerOptions options = centred(taps.from(2), static_cast<Boundary>(draw(random, 0, 5)));
    options.groups = extents[1];
    Array<double> in = noise(random, extents), weights = noise(random, taps), out(extents);
    ElementConvolution plain(extents, weights.copy(), options, {});
    plain.run(view_of(in), view_of(out), {});

    Scattered from(extents, Element::float64), to(extents, Element::float64);
    scatter(in.data(), from.view, {});
    ElementSetting setting;
    setting.blocks = true;
    ElementConvolution blocks(extents, weights.copy(), options, setting);
    Array<double> given(extents);
    for (int again = 0; again < 2; ++again) {
      blocks.run(from.view, to.view, {});
      gather(to.view, given.data());
      REQUIRE(std::equal(out.begin(), out.end(), given.begin()));
    }
    if (options.boundary == Boundary::wrap) continue;
    blocks.run(from.view, from.view, {});
    gather(from.view, given.data());
    REQUIRE(std::equal(out.begin(), out.end(), given.begin()));
    plain.run(view_of(in), view_of(in), {});
    REQUIRE(std::equal(out.begin(), out.end(), in.begin()));
  }
}

TEST_CASE("element_convolution: strides, bias and threads among the items") {
  std::mt19937 random(4);
  Array<double> in = noise(random, {9, 2, 120, 90}), weights = noise(random, {3, 2, 5, 4});
  LayerOptions options = centred({5, 4}, Boundary::zero);
  options.stride = Shape{2, 3};
  options.bias = {1, 2, 3};
  ElementConvolution plain(in.extents(), weights.copy(), options, {});
  Array<double> out(plain.output_shape()), given(plain.output_shape());
  plain.run(view_of(in), view_of(out), {});
  ElementSetting setting;
  setting.blocks = true;
  setting.workers = std::make_shared<Workers>(3);
  ElementConvolution blocks(in.extents(), weights.copy(), options, setting);
  Scattered from(in.extents(), Element::float64), to(out.extents(), Element::float64);
  scatter(in.data(), from.view, {});
  blocks.run(from.view, to.view, {});
  gather(to.view, given.data());
  CHECK(std::equal(out.begin(), out.end(), given.begin()));
}

TEST_CASE("element_convolution: refuses shapes that do not fit") {
  Array<double> weights(Shape{1, 1, 3}), in(Shape{1, 1, 8}), out(Shape{1, 1, 7});
  ElementConvolution convolution(in.extents(), weights.copy(), centred({3}, Boundary::zero), {});
  CHECK_THROWS_WITH_AS(convolution.run(view_of(in), view_of(out), {}),
                       "output has shape 1x1x7; allowed: 1x1x8", Error);
  Scattered gaps(in.extents(), Element::uint8);
  CHECK_THROWS_WITH_AS(convolution.run(view_of(in), gaps.view, {}),
                       "arrays that need blocks, where none were asked for", Error);
}

TEST_CASE("filter_elements: sums of small integers are exact in float32, of larger in float64") {
  const double taps[] = {1, -2, 1}, halves[] = {0.5, 0.5, 0.5};
  Scattered bytes(Shape{4, 4}, Element::uint8), longs(Shape{4, 4}, Element::int64);
  CHECK(filter_rule(bytes.view, taps, 3, 0, 1, Element::uint8).arithmetic == SampleType::float32);
  CHECK(filter_rule(bytes.view, taps, 3, 0, 1, Element::uint8).tolerance == 0);
  CHECK(filter_rule(bytes.view, halves, 3, 0, 1, Element::uint8).arithmetic == SampleType::float64);
  CHECK(filter_rule(bytes.view, halves, 3, 0, 1, Element::uint8).storing.nudge > 0);
  CHECK(filter_rule(bytes.view, taps, 3, 0, 3, Element::float64).arithmetic == SampleType::float64);
  const double large = 0x1p40;
  scatter(&large, longs.view.at(2).part(0, 1, 1), {});
  const FilterRule rule = filter_rule(longs.view, taps, 3, 0, 1, Element::int64);
  CHECK(rule.arithmetic == SampleType::float64);
  CHECK_FALSE(rule.storing.small);
  CHECK(largest(longs.view) == large);
}

TEST_CASE("filter_elements: axes without gaps between them are seen as one") {
  std::byte memory[1];
  const Shape extents{2, 3, 1, 4, 5}, dense{60, 20, 20, 5, 1}, gaps{60, 20, 20, 10, 2};
  ElementView a{memory, Element::uint8, extents, dense}, b = a;
  std::vector<bool> kept{false, false, false, true, false};
  merge_axes(a, b, kept);
  CHECK(a.extents == Shape{6, 4, 5});
  CHECK(a.strides == Shape{20, 5, 1});
  CHECK(kept == std::vector<bool>{false, true, false});
  ElementView c{memory, Element::uint8, Shape{2, 3, 4}, Shape{12, 4, 1}}, d = c;
  d.strides = Shape{24, 6, 1};
  kept = {false, false, true};
  merge_axes(c, d, kept);
  CHECK(c.extents == Shape{2, 3, 4});
}

TEST_CASE("convolution_cache: gives back what was kept, and forgets what is unused for longest") {
  ConvolutionCache cache(2, 1 << 20);
  const auto made = [] {
    Array<double> weights(Shape{1, 1, 3});
    return std::make_unique<ElementConvolution>(Shape{1, 1, 8}, std::move(weights),
                                                centred({3}, Boundary::zero), ElementSetting{});
  };
  CHECK(cache.take("a") == nullptr);
  auto first = made();
  const auto* kept = first.get();
  cache.give("a", std::move(first));
  cache.give("b", made());
  auto again = cache.take("a");
  CHECK(again.get() == kept);
  CHECK(cache.take("a") == nullptr);  // one call at a time
  cache.give("a", std::move(again));
  cache.give("c", made());
  CHECK(cache.size() == 2);
  CHECK(cache.take("b") == nullptr);
  CHECK(cache.take("a").get() == kept);
  cache.clear();
  CHECK(cache.bytes() == 0);
  ConvolutionCache none(2, 10);
  none.give("a", made());
  CHECK(none.size() == 0);
}
