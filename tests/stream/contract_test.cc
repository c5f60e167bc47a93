// Chain and parallel keep the contract towards what they hold, whatever they hold.
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

class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {}
  Index operator()(Index low, Index high) {
    return std::uniform_int_distribution<Index>(low, high)(random_);
  }

 private:
  std::mt19937 random_;
};

StagePtr any_filter(Draw& draw, int rank) {
  ConvolveOptions options;
  Shape extents;
  for (int axis = 0; axis < rank; ++axis) extents.push_back(draw(1, rank == 1 ? 60 : 7));
  const Index first = draw(0, 6);
  options.kernel = [extents, first](const Format&) {
    Kernel kernel;
    kernel.values = Array<double>(extents);
    for (Index i = 0; i < kernel.values.size(); ++i) {
      kernel.values[i] = static_cast<double>((i + first) % 7) - 3.5;
    }
    kernel.name = "sawtooth";
    return kernel;
  };
  static constexpr Method kMethods[] = {Method::automatic, Method::direct, Method::fft};
  options.method = kMethods[draw(0, 2)];
  if (rank == 1 && draw(0, 1) == 0) {  // also far beyond the kernel: outputs before any input
    options.padding = {{draw(0, 90) + extents[0] - 1, draw(0, 90)}};
  } else {
    options.mode = Mode::same;
    options.boundary = static_cast<Boundary>(draw(0, 5));
  }
  return make_convolve(options);
}

// Rate and (rank > 1) extent stay as they are.
StagePtr any_stage(Draw& draw, int rank, int depth) {
  const Index kind = draw(0, depth > 0 ? 5 : 3);
  if (kind == 0) return watched(make_gain({{-0.5}}));
  if (kind == 1 && rank == 1) return watched(make_delay({{static_cast<double>(draw(0, 80))}}));
  if (kind <= 3) return watched(any_filter(draw, rank));
  std::vector<StagePtr> parts;
  for (Index count = draw(1, 3); count > 0; --count) {
    parts.push_back(any_stage(draw, rank, depth - 1));
  }
  return watched(kind == 4 ? make_chain(std::move(parts))
                           : make_parallel(std::move(parts), Merge::sum));
}

}  // namespace

TEST_CASE("parallel: room for every branch's largest slab, however far another lags") {
  for (unsigned seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    const int rank = seed % 3 == 0 ? 2 : 1;
    Draw draw(seed);
    const Signal in = noise(1, rank == 1 ? Shape{draw(90, 300)} : Shape{draw(8, 40), draw(7, 12)});
    check_slab_invariance(
        [&] {
          Draw same(seed);
          std::vector<StagePtr> branches;
          for (int b = 0; b < 3; ++b) branches.push_back(any_stage(same, rank, 2));
          return watched(make_parallel(std::move(branches), Merge::sum));
        },
        in);
  }
}

TEST_CASE("parallel: strided branches meet at the same position") {
  for (Index stride : {2, 3, 5}) {
    CAPTURE(stride);
    check_slab_invariance(
        [=] {
          std::vector<StagePtr> branches;
          for (Index size : {stride, 2 * stride + 1}) {
            PoolOptions pool;
            pool.kind = PoolOptions::Kind::average;
            pool.size = Shape{size};
            pool.stride = Shape{stride};
            pool.padding = {{size / 2, size / 2}};
            branches.push_back(watched(make_pool(pool)));
          }
          return watched(make_parallel(std::move(branches), Merge::concat));
        },
        2, Shape{200});
  }
}
