// Real-time safety while responses are swapped, queues are full, and NaN comes in.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "engine/stages/convolve.h"
#include "engine/stream/slab_memory.h"
#include "tests/realtime/guard.h"
#include "tests/realtime/live_stage.h"

using namespace faltung;
using namespace faltung::realtime;

namespace {

constexpr Index kBlock = 64;

ConvolveOptions response(Index taps) {
  ConvolveOptions options;
  const std::string name = "2x" + std::to_string(taps) + ".wav";
  options.kernel = [name](const Format&) { return noise_response(name); };
  return options;
}

// A live stereo convolution whose responses may be swapped; every call is watched.
class Watched {
 public:
  explicit Watched(Index taps, Swaps swaps = Swaps::queue)
      : format_(live_format(2, Shape{}, SampleType::float32, kBlock)),
        stage_(make_convolve(response(taps))),
        in_(format_, kBlock),
        out_(format_, kBlock) {
    Setting setting;
    setting.clock = Clock::live;
    setting.swaps = swaps;
    stage_->prepare(format_, setting);
    float* x = in_.slab().as<float>().channel(0);
    for (Index n = 0; n < 2 * kBlock; ++n) x[n] = std::sin(static_cast<float>(n * n));
    for (int n = 0; n < 8; ++n) stage_->process(in_.slab(), out_.slab());
  }

  void blocks(int count) {
    while (count-- > 0) {
      guard_.watch([this] { stage_->process(in_.slab(), out_.slab()); });
    }
  }
  void spoil(float value) { in_.slab().as<float>().channel(1)[5] = value; }
  ConvolveStage& stage() { return *stage_; }
  Violations violations() const { return guard_.violations(); }

 private:
  Format format_;
  std::unique_ptr<ConvolveStage> stage_;
  SlabMemory in_, out_;
  Guard guard_;
};

void check_clean(const Watched& watched) {
  const Violations found = watched.violations();
  CHECK_MESSAGE(found.none(), found.text());
}

}  // namespace

TEST_CASE("realtime: swaps to other lengths and schedules are safe, in a queue and coalesced") {
  for (const Swaps swaps : {Swaps::queue, Swaps::coalesce}) {
    Watched run(20000, swaps);
    std::size_t heard = 0;
    for (const Index taps : {100, 240000, 3000, 20000}) {
      run.blocks(50);
      CHECK(run.stage().swap(response(taps), 5) > 0);
      CHECK(run.stage().swap(response(taps / 2), 5) > 0);
      run.blocks(60);
      heard += run.stage().collect_swaps().size();
    }
    CHECK(heard == 8);
    check_clean(run);
  }
}

TEST_CASE("realtime: full queues of offers and of news are safe") {
  Watched run(500);
  while (run.stage().swap(response(400), 1) > 0) {
  }
  run.blocks(400);  // nobody collects
  CHECK(run.stage().collect_swaps().size() == SwappableConvolution::kMostOffers);
  check_clean(run);
}

TEST_CASE("realtime: NaN, infinity and denormals are safe") {
  Watched run(5000);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                          std::numeric_limits<float>::infinity(), 1e-40f}) {
    run.spoil(bad);
    run.blocks(20);
  }
  CHECK(run.stage().muted_slabs() == 40);
  check_clean(run);
}
