// Chain and parallel: alignment of branches that hold back and last differently.
#include "engine/stages/activation.h"
#include "engine/stages/convolve.h"
#include "engine/stages/delay.h"
#include "engine/stages/gain.h"
#include "engine/stages/pool.h"
#include "engine/stream/chain.h"
#include "engine/stream/parallel.h"
#include "tests/stages/slab_invariance.h"
#include "tests/stages/watched_stage.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

KernelRecipe taps(std::vector<double> values, Shape extents = {}) {
  if (extents.rank() == 0) extents = Shape{static_cast<Index>(values.size())};
  return [values, extents](const Format&) {
    Kernel kernel;
    kernel.values = Array<double>(extents);
    std::copy(values.begin(), values.end(), kernel.values.begin());
    kernel.name = "taps";
    return kernel;
  };
}

StagePtr fir(std::vector<double> values, Method method = Method::automatic) {
  ConvolveOptions options;
  options.kernel = taps(std::move(values));
  options.method = method;
  return make_convolve(options);
}

StagePtr smooth(Index size, Boundary boundary) {
  ConvolveOptions options;
  options.kernel =
      taps(std::vector<double>(static_cast<std::size_t>(size * size), 0.25), Shape{size, size});
  options.boundary = boundary;
  return make_convolve(options);
}

template <class... Stages>
std::vector<StagePtr> list(Stages... stages) {
  std::vector<StagePtr> result;
  (result.push_back(std::move(stages)), ...);
  return result;
}

}  // namespace

TEST_CASE("chain: nothing is the identity, much is one after the other") {
  const Signal in = noise(2, Shape{50}, SampleType::float64);
  CHECK(check_slab_invariance([] { return make_chain({}); }, in).values == in.values);
  const Signal out = check_slab_invariance(
      [] {
        return make_chain(list(fir({1, 1}), make_delay({{3}}), make_gain({{2}}), fir({1, -1})));
      },
      2, Shape{50});
  REQUIRE(*out.format.extent == 55);
  Signal x = in;
  for (Index n = 0; n < 55; ++n) {
    const auto at = [&](Index i) { return i >= 0 && i < 50 ? x.at(0, i) : 0.0; };
    CHECK(out.values[static_cast<std::size_t>(n)] ==
          doctest::Approx(2 * (at(n - 3) - at(n - 5))).epsilon(1e-12));
  }
}

TEST_CASE("chain: composes the receptive field") {
  const auto chain = make_chain(list(smooth(3, Boundary::reflect),
                                     make_pool({PoolOptions::Kind::max, Shape{2}, {}, {}}),
                                     smooth(5, Boundary::zero)));
  Format format = noise(1, Shape{40, 40}).format;
  format.max_slab = 8;
  const Format out = chain->prepare(format, {});
  CHECK(*out.extent == 20);
  CHECK(chain->timing().field.extent == 3 + 1 + 4 * 2);
  CHECK(chain->timing().field.jump == 2);
  CHECK(chain->timing().field.start == -1 - 2 * 2);
}

TEST_CASE("parallel: every merge, with branches of different tails") {
  Signal in = noise(1, Shape{64}, SampleType::float64);
  for (Merge merge :
       {Merge::sum, Merge::difference, Merge::product, Merge::magnitude, Merge::concat}) {
    CAPTURE(static_cast<int>(merge));
    Signal out = check_slab_invariance(
        [merge] {
          return make_parallel(list(fir({0, 0, 0, 1}), make_gain({{3}})), merge);
        },
        1, Shape{64});
    REQUIRE(*out.format.extent == 67);
    REQUIRE(out.format.channels == (merge == Merge::concat ? 2 : 1));
    for (Index n = 0; n < 67; ++n) {
      const double a = n >= 3 ? in.at(0, n - 3) : 0.0, b = n < 64 ? 3 * in.at(0, n) : 0.0;
      const double wanted = merge == Merge::sum          ? a + b
                            : merge == Merge::difference ? a - b
                            : merge == Merge::product    ? a * b
                            : merge == Merge::magnitude  ? std::sqrt(a * a + b * b)
                                                         : a;
      CHECK(out.at(0, n) == doctest::Approx(wanted).epsilon(1e-12));
      if (merge == Merge::concat) CHECK(out.at(1, n) == b);
    }
  }
}

TEST_CASE("parallel: branches that hold back differently meet at the same position") {
  const std::vector<double> long_taps(300, 0.01);
  check_slab_invariance(
      [&] {
        return make_parallel(list(fir(long_taps, Method::partitioned), make_delay({{5}}),
                                  fir(long_taps, Method::fft), make_chain({})),
                             Merge::sum);
      },
      2, Shape{1000});
  for (Boundary boundary : {Boundary::zero, Boundary::reflect, Boundary::symmetric,
                            Boundary::replicate, Boundary::wrap, Boundary::constant}) {
    CAPTURE(name(boundary));
    check_slab_invariance(
        [=] {
          return make_parallel(list(smooth(9, boundary), make_chain({}), smooth(2, Boundary::zero)),
                               Merge::difference);
        },
        2, Shape{70, 11});
  }
}

TEST_CASE("parallel: refuses branches that cannot be merged") {
  Format format = noise(2, Shape{40, 40}).format;
  format.max_slab = 8;
  const auto stage = make_parallel(
      list(make_chain({}), make_pool({PoolOptions::Kind::max, Shape{2}, {}, {}})), Merge::sum);
  try {
    stage->prepare(format, {});
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) ==
          "parallel branches cannot be merged: one gives 2 channels, 40x40, float32, another 2 "
          "channels, 20x20, float32; channels, extents and rates must agree");
  }
}

TEST_CASE("convolve: live blocks give as much as they take, the same numbers as offline") {
  const std::vector<double> response(1000, 0.003);
  Signal in = noise(2, Shape{2048});
  Setting live;
  live.clock = Clock::live;
  for (Index block : {1, 64, 100}) {
    CAPTURE(block);
    const auto offline = run(*fir(response), in, {2048});
    const auto stage = fir(response);
    Format format = in.format;
    format.max_slab = block;
    CHECK(stage->prepare(format, live).max_slab >= block);
    CHECK(stage->timing().latency == 0);
    const SlabMemory from(format, block), to(format, stage->prepare(format, live).max_slab);
    for (int i = 0; i < 20; ++i) CHECK(stage->process(from.slab(), to.slab()) == block);
    const Signal got = run(*stage, in, {block}, live);
    REQUIRE(got.values.size() == offline.values.size());
    double worst = 0;
    for (std::size_t i = 0; i < got.values.size(); ++i) {
      worst = std::max(worst, std::abs(got.values[i] - offline.values[i]));
    }
    CHECK(worst < 1e-6);
  }
}

TEST_CASE("parallel: room for what a branch holds back of uneven live slabs") {
  Setting live;
  live.clock = Clock::live;
  const Signal in = noise(1, Shape{1000});
  for (Method method : {Method::fft, Method::partitioned}) {
    for (Index ahead : {0, 49}) {
      CAPTURE(ahead);
      ConvolveOptions options;
      options.kernel = taps(std::vector<double>(99, 0.01));
      options.padding = {{98 - ahead, 98}};
      options.method = method;
      const auto make = [&] {
        return make_parallel(
            list(watched(make_chain(list(make_convolve(options), make_convolve(options)))),
                 watched(make_gain({{2}}))),
            Merge::sum);
      };
      const Signal whole = run(*make(), in, {1000});
      const Signal uneven = run(*make(), in, {64, 17, 3, 40}, live);
      REQUIRE(uneven.values.size() == whole.values.size());
      for (std::size_t n = 0; n < whole.values.size(); ++n) {
        CHECK(uneven.values[n] == doctest::Approx(whole.values[n]).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("chain: live, causal stages together give as much as they take") {
  const std::vector<double> response(500, 0.003);
  Setting live;
  live.clock = Clock::live;
  Format format = noise(1, Shape{1}).format;
  format.extent.reset();
  for (Index block : {1, 64, 100}) {
    CAPTURE(block);
    format.max_slab = block;
    const auto chain =
        make_chain(list(watched(fir(response, Method::fft)), watched(fir(response, Method::partitioned)),
                        watched(fir(response, Method::direct))));
    const Format out = chain->prepare(format, live);
    CHECK(out.max_slab == block);
    const SlabMemory from(format, block), to(out, block);
    for (int i = 0; i < 20; ++i) CHECK(chain->process(from.slab(), to.slab()) == block);
  }
}
