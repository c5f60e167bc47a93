// Layers by products of matrices, and by shifted runs, against the same layers tap by tap.
#include "engine/layers/tap_products.h"

#include <doctest/doctest.h>

#include "engine/layers/adjoint_convolution.h"
#include "engine/layers/convolution_axes.h"
#include "engine/layers/tap_runs.h"
#include "tests/layers/layer_noise.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

View<const double> read(const Array<double>& array) { return array.view(); }

// A layer of some rank, with channels enough for several panels and folded or unfolded taps.
struct Case {
  TapLayer layer;
  Array<double> in, kernel, out, bias;
};

Case draw_case(std::mt19937& random) {
  for (;;) {
    LayerGeometry g;
    g.groups = draw(random, 1, 2);
    const int rank = static_cast<int>(draw(random, 1, 3));
    const Index ins = draw(random, 1, 40), outs = draw(random, 1, 40);
    Shape in{draw(random, 1, 2), g.groups * ins}, kernel{g.groups * outs, ins};
    for (int a = 0; a < rank; ++a) {
      in.push_back(draw(random, 1, rank == 1 ? 700 : 11));
      kernel.push_back(draw(random, 1, 5));
      g.stride.push_back(draw(random, 1, 4));
      g.dilation.push_back(draw(random, 1, 3));
      g.padding.push_back({draw(random, -1, 4), draw(random, -1, 4)});
    }
    try {
      Case c;
      c.layer = convolution_layer(in, kernel, g);
      c.in = noise(random, in);
      c.kernel = noise(random, kernel);
      c.out = noise(random, convolution_extents(in, kernel, g));
      c.bias = noise(random, {std::max(in[1], kernel[0])});
      return c;
    } catch (const Error&) {  // nothing would be left: draw again
    }
  }
}

}  // namespace

TEST_CASE("layers by products and runs: equal sums tap by tap, all three directions, any layer") {
  std::mt19937 random(7);
  for (int round = 0; round < 120; ++round) {
    const Case c = draw_case(random);
    CAPTURE(round);
    Array<double> plain(c.out.extents()), back(c.in.extents()), taps(c.kernel.extents());
    correlate(c.layer, read(c.in), c.kernel.data(), c.bias.data(), plain.view(), nullptr);
    correlate_adjoint(c.layer, read(c.out), c.kernel.data(), c.bias.data(), back.view(), nullptr);
    correlate_kernel(c.layer, read(c.in), read(c.out), taps.data(), nullptr);
    for (const bool runs : {false, true}) {
      CAPTURE(runs);
      const auto forward = runs ? correlate_by_runs<double> : correlate_by_products<double>;
      const auto adjoint = runs ? adjoint_by_runs<double> : adjoint_by_products<double>;
      const auto kernel = runs ? kernel_by_runs<double> : kernel_by_products<double>;
      Array<double> out(c.out.extents()), in(c.in.extents()), gradient(c.kernel.extents());
      forward(c.layer, read(c.in), c.kernel.data(), c.bias.data(), out.view(), nullptr);
      adjoint(c.layer, read(c.out), c.kernel.data(), c.bias.data(), in.view(), nullptr);
      kernel(c.layer, read(c.in), read(c.out), gradient.data(), nullptr);
      CHECK(largest_difference(plain, out) < 1e-11);
      CHECK(largest_difference(back, in) < 1e-11);
      CHECK(largest_difference(taps, gradient) < 1e-11);
    }
  }
}

TEST_CASE("layers by products and runs: no items give a kernel's gradient of zeros") {
  const TapLayer layer = convolution_layer({1, 8, 5, 5}, {8, 8, 3, 3}, {});
  const Array<double> in(Shape{0, 8, 5, 5}), out(Shape{0, 8, 3, 3});
  for (const auto way : {kernel_by_products<double>, kernel_by_runs<double>}) {
    Array<double> taps(Shape{8, 8, 3, 3});
    std::fill(taps.begin(), taps.end(), 7.0);
    way(layer, in.view(), out.view(), taps.data(), nullptr);
    CHECK(std::all_of(taps.begin(), taps.end(), [](double tap) { return tap == 0; }));
  }
}

TEST_CASE("layers by convolution: the adjoint of stride 1, for any rank, groups, gaps and padding") {
  std::mt19937 random(9);
  int done = 0;
  for (int round = 0; round < 1200 && done < 60; ++round) {
    Case c = draw_case(random);
    if (!suits_convolution(c.layer, 2500)) continue;
    ++done;
    Array<double> back(c.in.extents()), quick(c.in.extents());
    correlate_adjoint(c.layer, read(c.out), c.kernel.data(), c.bias.data(), back.view(), nullptr);
    adjoint_by_convolution(c.layer, read(c.out), c.kernel.data(), c.bias.data(), quick.view(),
                           nullptr);
    CHECK(largest_difference(back, quick) < 1e-10);
  }
  CHECK(done == 60);
}

TEST_CASE("layers by products and runs: threads change nothing") {
  std::mt19937 random(8);
  Workers workers(3);
  for (int round = 0; round < 20; ++round) {
    const Case c = draw_case(random);
    const auto results = [&](Workers* w) {
      std::vector<double> all;
      Array<double> out(c.out.extents()), back(c.in.extents()), taps(c.kernel.extents());
      correlate_by_products<double>(c.layer, read(c.in), c.kernel.data(), nullptr, out.view(), w);
      adjoint_by_products<double>(c.layer, read(c.out), c.kernel.data(), nullptr, back.view(), w);
      kernel_by_products(c.layer, read(c.in), read(c.out), taps.data(), w);
      const auto keep = [&] {
        for (const Array<double>* a : {&out, &back, &taps}) {
          all.insert(all.end(), a->begin(), a->end());
        }
      };
      keep();
      correlate_by_runs<double>(c.layer, read(c.in), c.kernel.data(), nullptr, out.view(), w);
      adjoint_by_runs<double>(c.layer, read(c.out), c.kernel.data(), nullptr, back.view(), w);
      kernel_by_runs(c.layer, read(c.in), read(c.out), taps.data(), w);
      keep();
      return all;
    };
    CHECK(results(nullptr) == results(&workers));
  }
}

TEST_CASE("layers by products: are taken where channels meet, not for depthwise layers") {
  const auto suits = [](Shape in, Shape kernel, const LayerGeometry& g) {
    return suits_products(convolution_layer(in, kernel, g));
  };
  CHECK(suits({1, 64, 56, 56}, {64, 64, 3, 3}, {{1}, {1}, {{1, 1}}, 1}));
  CHECK(suits({1, 3, 224, 224}, {64, 3, 7, 7}, {{2}, {1}, {{3, 3}}, 1}));
  CHECK_FALSE(suits({1, 32, 112, 112}, {32, 1, 3, 3}, {{1}, {1}, {{1, 1}}, 32}));
  CHECK_FALSE(suits({1, 64, 5, 5}, {64, 64, 3, 3}, {{1}, {100}, {{200, 200}}, 1}));
}
