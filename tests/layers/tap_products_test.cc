// Layers by products of matrices, by runs, planes and places, against the same layers tap by tap.
#include "engine/layers/tap_products.h"

#include <doctest/doctest.h>

#include "engine/layers/adjoint_convolution.h"
#include "engine/layers/convolution_axes.h"
#include "engine/layers/place_products.h"
#include "engine/layers/tap_planes.h"
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

Case make_case(std::mt19937& random, const Shape& in, const Shape& kernel,
               const LayerGeometry& geometry) {
  return {convolution_layer(in, kernel, geometry), noise(random, in), noise(random, kernel),
          noise(random, convolution_extents(in, kernel, geometry)),
          noise(random, {std::max(in[1], kernel[0])})};
}

Case draw_case(std::mt19937& random, Index most_stride = 4) {
  for (;;) {
    LayerGeometry g;
    g.groups = draw(random, 1, 2);
    const int rank = static_cast<int>(draw(random, 1, 3));
    const Index ins = draw(random, 1, 40), outs = draw(random, 1, 40);
    Shape in{draw(random, 1, 2), g.groups * ins}, kernel{g.groups * outs, ins};
    for (int a = 0; a < rank; ++a) {
      in.push_back(draw(random, 1, rank == 1 ? 700 : 11));
      kernel.push_back(draw(random, 1, 5));
      g.stride.push_back(draw(random, 1, most_stride));
      g.dilation.push_back(draw(random, 1, 3));
      g.padding.push_back({draw(random, -1, 4), draw(random, -1, 4)});
    }
    try {
      return make_case(random, in, kernel, g);
    } catch (const Error&) {  // nothing would be left: draw again
    }
  }
}

// One way to compute all three directions.
struct Way {
  const char* name;
  decltype(&correlate<double>) forward;
  decltype(&correlate_adjoint<double>) adjoint;
  decltype(&correlate_kernel<double>) kernel;
};

constexpr Way kProducts{"products", correlate_by_products<double>, adjoint_by_products<double>,
                        kernel_by_products<double>};
constexpr Way kRuns{"runs", correlate_by_runs<double>, adjoint_by_runs<double>,
                    kernel_by_runs<double>};
constexpr Way kPlanes{"planes", correlate_by_planes<double>, adjoint_by_planes<double>,
                      kernel_by_planes<double>};
constexpr Way kPlaces{"places", correlate_by_products<double>, adjoint_by_place_products<double>,
                      kernel_by_products<double>};

struct Results {
  Array<double> out, in, kernel;
};

Results results_of(const Way& way, const Case& c, Workers* workers) {
  Results r{Array<double>(c.out.extents()), Array<double>(c.in.extents()),
            Array<double>(c.kernel.extents())};
  way.forward(c.layer, read(c.in), c.kernel.data(), c.bias.data(), r.out.view(), workers);
  way.adjoint(c.layer, read(c.out), c.kernel.data(), c.bias.data(), r.in.view(), workers);
  way.kernel(c.layer, read(c.in), read(c.out), r.kernel.data(), workers);
  return r;
}

void check_against_sums(const Case& c, std::initializer_list<Way> ways) {
  constexpr Way kSums{"sums", correlate<double>, correlate_adjoint<double>,
                      correlate_kernel<double>};
  const Results plain = results_of(kSums, c, nullptr);
  for (const Way& way : ways) {
    CAPTURE(std::string(way.name));
    const Results quick = results_of(way, c, nullptr);
    CHECK(largest_difference(plain.out, quick.out) < 1e-11);
    CHECK(largest_difference(plain.in, quick.in) < 1e-11);
    CHECK(largest_difference(plain.kernel, quick.kernel) < 1e-11);
  }
}

}  // namespace

TEST_CASE("layers by products and runs: equal sums tap by tap, all three directions, any layer") {
  std::mt19937 random(7);
  for (int round = 0; round < 120; ++round) {
    CAPTURE(round);
    check_against_sums(draw_case(random), {kProducts, kRuns});
  }
}

TEST_CASE("layers by products: planes that are read in place, panels, and rows without gaps") {
  std::mt19937 random(11);
  const Index sides[] = {16, 8, 7, 5};
  for (const Index side : sides) {
    for (const Index outs : {20, 100}) {
      CAPTURE(side);
      CAPTURE(outs);
      const Shape in{3, 40, side, side};
      check_against_sums(make_case(random, in, {outs, 40, 1, 1}, {}), {kProducts});
      check_against_sums(make_case(random, in, {outs, 20, 1, 1}, {{1}, {1}, {}, 2}), {kProducts});
      for (const Index stride : {1, 2, 3}) {
        for (const Index dilation : {1, 2}) {
          const LayerGeometry g{{stride}, {dilation}, {{2, 1}}, 1};
          const Case c = make_case(random, in, {outs, 40, 3, 3}, g);
          check_against_sums(c, {kProducts});
          if (stride == 1) check_against_sums(c, {kPlaces});
        }
      }
    }
  }
}

TEST_CASE("layers by products: a pointwise kernel's sums may be cut between places") {
  std::mt19937 random(12);
  check_against_sums(make_case(random, {3, 40, 50, 50}, {20, 40, 1, 1}, {}), {kProducts, kPlaces});
}

TEST_CASE("layers by planes and places: equal sums tap by tap where the stride is 1") {
  std::mt19937 random(10);
  for (int round = 0; round < 120; ++round) {
    CAPTURE(round);
    const Case c = draw_case(random, 1);
    check_against_sums(c, {kPlanes});
    if (c.layer.axes.size() <= 2) check_against_sums(c, {kPlaces});
  }
}

TEST_CASE("layers by planes: are taken at stride 1, but for long kernels of one row") {
  const auto suits = [](Shape in, Shape kernel, const LayerGeometry& g) {
    return suits_planes(convolution_layer(in, kernel, g));
  };
  CHECK(suits({1, 8, 14, 14}, {8, 1, 3, 3}, {{1}, {1}, {{1, 1}}, 8}));
  CHECK(suits({1, 8, 100}, {8, 1, 9}, {{1}, {1}, {{0, 0}}, 8}));
  CHECK_FALSE(suits({1, 8, 100}, {8, 1, 65}, {{1}, {1}, {{0, 0}}, 8}));
  CHECK_FALSE(suits({1, 8, 14, 14}, {8, 1, 3, 3}, {{2}, {1}, {{1, 1}}, 8}));
}

TEST_CASE("layers by products, runs and planes: no items give a kernel's gradient of zeros") {
  const TapLayer layer = convolution_layer({1, 8, 5, 5}, {8, 8, 3, 3}, {});
  const Array<double> in(Shape{0, 8, 5, 5}), out(Shape{0, 8, 3, 3});
  for (const Way& way : {kProducts, kRuns, kPlanes}) {
    Array<double> taps(Shape{8, 8, 3, 3});
    std::fill(taps.begin(), taps.end(), 7.0);
    way.kernel(layer, in.view(), out.view(), taps.data(), nullptr);
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

TEST_CASE("layers by products, runs, planes and places: threads change nothing") {
  std::mt19937 random(8);
  Workers workers(3);
  for (int round = 0; round < 20; ++round) {
    const Case any = draw_case(random), plain = draw_case(random, 1);
    const auto check = [&](const Way& way, const Case& c) {
      CAPTURE(std::string(way.name));
      const Results alone = results_of(way, c, nullptr), shared = results_of(way, c, &workers);
      CHECK(largest_difference(alone.out, shared.out) == 0);
      CHECK(largest_difference(alone.in, shared.in) == 0);
      CHECK(largest_difference(alone.kernel, shared.kernel) == 0);
    };
    check(kProducts, any);
    check(kRuns, any);
    check(kPlanes, plain);
    if (plain.layer.axes.size() <= 2) check(kPlaces, plain);
  }
}

TEST_CASE("layers by places: are taken for many channels of small planes") {
  const auto suits = [](Shape in, Shape kernel, const LayerGeometry& g) {
    return suits_place_products(convolution_layer(in, kernel, g));
  };
  CHECK(suits({1, 512, 7, 7}, {64, 512, 3, 3}, {{1}, {1}, {{1, 1}}, 1}));
  CHECK(suits({1, 64, 14, 14}, {64, 64, 1, 1}, {}));
  CHECK_FALSE(suits({1, 64, 14, 14}, {64, 64, 3, 3}, {{1}, {1}, {{1, 1}}, 1}));
  CHECK_FALSE(suits({1, 64, 3, 3, 3}, {64, 64, 3, 3, 3}, {{1}, {1}, {{1, 1}}, 1}));
  CHECK_FALSE(suits({1, 64, 28, 28}, {64, 64, 1, 1}, {}));
  CHECK_FALSE(suits({1, 64, 7, 7}, {64, 64, 3, 3}, {{2}, {1}, {{1, 1}}, 1}));
  CHECK_FALSE(suits({1, 512, 7, 7}, {512, 1, 3, 3}, {{1}, {1}, {{1, 1}}, 512}));
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
