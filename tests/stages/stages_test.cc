// The small stages: what they compute, and slab invariance of each.
#include <cmath>

#include "engine/stages/activation.h"
#include "engine/stages/gain.h"
#include "engine/stages/mix.h"
#include "engine/stages/pool.h"
#include "tests/stages/refusal.h"

using namespace faltung;
using namespace faltung::testing;

TEST_CASE("gain: multiplies every channel by its factor") {
  Signal in = noise(2, Shape{100}, SampleType::float64);
  const Signal out = check_slab_invariance([] { return make_gain({{0.5, -2.0}}); }, 2, Shape{100});
  for (Index n = 0; n < 100; ++n) {
    CHECK(const_cast<Signal&>(out).at(0, n) == 0.5 * in.at(0, n));
    CHECK(const_cast<Signal&>(out).at(1, n) == -2.0 * in.at(1, n));
  }
  CHECK(refusal(make_gain({{1, 2, 3}}), in) ==
        "gain has 3 values; allowed: one for all channels, or one for each of the signal's 2");
}

TEST_CASE("mix: multiplies by a matrix over the channels") {
  Signal in = noise(2, Shape{9, 4}, SampleType::float64);
  Signal out = check_slab_invariance(
      [] {
        return make_mix({{{1, 2}, {0, 1}, {-1, 0.5}}});
      },
      2, Shape{9, 4});
  CHECK(out.format.channels == 3);
  for (Index n = 0; n < 9; ++n) {
    for (Index i = 0; i < 4; ++i) {
      CHECK(out.at(0, n, i) == doctest::Approx(in.at(0, n, i) + 2 * in.at(1, n, i)));
      CHECK(out.at(1, n, i) == in.at(1, n, i));
      CHECK(out.at(2, n, i) == doctest::Approx(-in.at(0, n, i) + 0.5 * in.at(1, n, i)));
    }
  }
  CHECK(refusal(make_mix({{{1}}}), in) ==
        "mix has a row of 1 values; allowed: as many as the signal has channels, 2");
}

TEST_CASE("activation: every kind, NaN stays NaN") {
  using Kind = ActivationOptions::Kind;
  const std::vector<double> x = {-2, -0.5, 0, 0.5, 2, NAN};
  const auto of = [&](ActivationOptions options) {
    std::vector<double> y = x;
    activate(options, y.data(), 6);
    CHECK(std::isnan(y.back()));
    y.pop_back();
    return y;
  };
  CHECK(of({Kind::relu}) == std::vector<double>{0, 0, 0, 0.5, 2});
  CHECK(of({Kind::leaky_relu, 0.1}) == std::vector<double>{-0.2, -0.05, 0, 0.5, 2});
  CHECK(of({Kind::clamp, 0, -1, 1}) == std::vector<double>{-1, -0.5, 0, 0.5, 1});
  CHECK(of({Kind::abs}) == std::vector<double>{2, 0.5, 0, 0.5, 2});
  CHECK(of({Kind::tanh})[4] == doctest::Approx(std::tanh(2)));
  CHECK(of({Kind::sigmoid})[1] == doctest::Approx(1 / (1 + std::exp(0.5))));
  for (Kind kind :
       {Kind::relu, Kind::leaky_relu, Kind::sigmoid, Kind::tanh, Kind::clamp, Kind::abs}) {
    check_slab_invariance([kind] { return make_activation({kind}); }, 2, Shape{65, 3});
  }
}

namespace {

// The definition of pooling along one axis at a time, recursively over all of them.
double pooled(Signal& in, const PoolOptions& o, const Shape& extents, Index c, const Shape& m) {
  double best = -INFINITY, sum = 0, divisor = 1;
  const int rank = extents.rank();
  Shape size = o.size, first, last;
  for (int a = 0; a < rank; ++a) {
    const Padding p = o.padding.empty() ? Padding{} : o.padding[static_cast<std::size_t>(a)];
    first.push_back(m[a] * o.stride[a] - p.before);
    last.push_back(first[a] + o.size[a]);
    divisor *= static_cast<double>(
        o.count_include_pad ? std::min(last[a], extents[a] + p.after) - first[a]
                            : std::min(last[a], extents[a]) - std::max<Index>(first[a], 0));
  }
  for_each_position(size, [&](const Shape& k) {
    Index at = 0;
    for (int a = 0; a < rank; ++a) {
      const Index position = first[a] + k[a];
      if (position < 0 || position >= extents[a]) return;
      at = at * extents[a] + position;
    }
    const double v = in.values[static_cast<std::size_t>(c * extents.product() + at)];
    best = std::max(best, v);
    sum += v;
  });
  return o.kind == PoolOptions::Kind::max ? best : sum / divisor;
}

}  // namespace

TEST_CASE("pool: equals its definition for random shapes") {
  std::mt19937 random(5);
  const auto draw = [&](Index low, Index high) {
    return std::uniform_int_distribution<Index>(low, high)(random);
  };
  for (int trial = 0; trial < 60; ++trial) {
    CAPTURE(trial);
    PoolOptions o;
    o.kind = trial % 2 ? PoolOptions::Kind::max : PoolOptions::Kind::average;
    o.ceil = draw(0, 1) == 1;
    o.count_include_pad = draw(0, 1) == 1;
    Shape extents, out;
    const int rank = static_cast<int>(draw(1, 3));
    for (int a = 0; a < rank; ++a) {
      o.size.push_back(draw(1, 4));
      o.stride.push_back(draw(1, 4));
      o.padding.push_back({draw(0, o.size[a] / 2), draw(0, o.size[a] / 2)});
      extents.push_back(draw(o.size[a], 14));
      out.push_back(pool_extent(extents[a], o.padding.back(), o.size[a], o.stride[a], o.ceil));
    }
    Signal in = noise(2, extents, SampleType::float64);
    const Signal got = check_slab_invariance([o] { return make_pool(o); }, in);
    REQUIRE(got.values.size() == static_cast<std::size_t>(2 * out.product()));
    std::size_t i = 0;
    for (Index c = 0; c < 2; ++c) {
      for_each_position(out, [&](const Shape& m) {
        CHECK(got.values[i++] == doctest::Approx(pooled(in, o, extents, c, m)).epsilon(1e-12));
      });
    }
  }
}

TEST_CASE("pool: refuses what makes no sense") {
  const Signal in = noise(1, Shape{8, 8});
  CHECK(refusal(make_pool({PoolOptions::Kind::max, Shape{0}, {}, {}}), in).find("at least 1") !=
        std::string::npos);
  CHECK(refusal(make_pool({PoolOptions::Kind::max, Shape{2}, {}, {{2, 0}}}), in)
            .find("0 to half the window, 1") != std::string::npos);
  CHECK(refusal(make_pool({PoolOptions::Kind::max, Shape{9}, {}, {}}), in) ==
        "pool size 9 does not fit into extent 8 and its padding");
}
