// Levels that other threads compute: the same output in time, silence and a count where it is late.
#include "engine/convolve/tail_level.h"

#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "engine/convolve/partitioned.h"
#include "engine/convolve/reference.h"
#include "tests/convolve/random_problem.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

constexpr Index kBlock = 64;

Problem series(Index taps, Index extent, std::mt19937& random) {
  Problem p;
  p.extent = extent;
  p.stride = p.dilation = Shape{1};
  p.padding = {padding_for(Mode::full, taps)};
  p.paths = {{0, 0, 0}};
  p.kernels = Array<double>(Shape{1, taps});
  fill_noise(random, p.kernels.data(), taps);
  p.block = p.max_slab = kBlock;
  return p;
}

// One call: its input, and the output from its first position on (null: nothing).
const float* call(TailLevel<float>& tail, const float* in, Index position) {
  if (InputRing<float>* ring = tail.ring_for(position)) ring->write(0, position, in, kBlock);
  const float* out = tail.has_output(position) ? tail.output(0, position) : nullptr;
  tail.end_of_chunk(position + kBlock);
  return out;
}

}  // namespace

TEST_CASE("tail_level: in time it gives what the level gives, bit for bit; late it is silent") {
  std::mt19937 random(1);
  const Problem p = series(4096, 100, random);
  const LevelPlan plan{256, 12, 512, 256, 0};
  TailLevel<float> tail(p, plan, Costs{});
  InputRing<float> ring(1, 2048, 0, 0);
  PartitionLevel<float> level(p, plan, Costs{}, ring);
  std::uniform_real_distribution<float> uniform(-1, 1);
  // It works until block 20, sleeps until block 27, then works again.
  const Index falls_asleep = 20, wakes = 27, recovered = wakes + 2 + plan.count + 2;
  Index silent = 0, compared = 0;
  for (Index position = 0; position < 60 * 256; position += kBlock) {
    float in[kBlock];
    for (float& x : in) x = uniform(random);
    ring.write(0, position, in, kBlock);
    const Index end = position + kBlock, block = position / 256;
    if (end % 256 == 0) level.begin(end / 256 - 1);
    level.advance(256);
    const float* wanted = level.output(0, position);
    const float* got = call(tail, in, position);
    const bool awake = block < falls_asleep || block >= wakes;
    while (awake && tail.work()) {
    }
    const bool exact = block <= falls_asleep || block > recovered;
    if (exact) CHECK((got == nullptr) == (wanted == nullptr));
    if (exact && got) {
      CHECK(std::equal(got, got + kBlock, wanted));
      ++compared;
    }
    if (!exact && !got) ++silent;
  }
  CHECK(compared > 100);
  CHECK(silent >= 4 * (wakes - falls_asleep - 2));
  CHECK(tail.late() >= wakes - falls_asleep - 2);
  CHECK(tail.late() <= wakes - falls_asleep + 4);
}

TEST_CASE("partitioned: with threads for the tail, calls at a device's pace give the definition") {
  std::mt19937 random(2);
  Problem p = series(30000, 40000, random);
  p.tail_threads = 2;
  const Schedule schedule = make_schedules(schedule_request(p), Costs{})[0];
  const Array<double> in = random_input(random, p);
  const Array<double> wanted = reference(p, in);
  const auto streaming = make_partitioned<float>(p, schedule, Costs{});
  Buffer<float> x(kBlock), y(kBlock);
  double worst = 0, peak = 0;
  for (Index position = 0; position + kBlock <= *p.extent; position += kBlock) {
    for (Index n = 0; n < kBlock; ++n) x[n] = static_cast<float>(in[position + n]);
    REQUIRE(streaming->process(SlabOf<float>{x.data(), 1, kBlock, 1, kBlock},
                               SlabOf<float>{y.data(), 1, kBlock, 1, kBlock}) == kBlock);
    std::this_thread::sleep_for(std::chrono::microseconds(400));
    // Another program may have kept the threads from working: that is counted, not wrong.
    if (streaming->late_blocks() > 0) {
      MESSAGE("late after " << position << " positions: nothing to compare after that");
      break;
    }
    for (Index n = 0; n < kBlock; ++n) {
      worst = std::max(worst, std::abs(static_cast<double>(y[n]) - wanted[position + n]));
      peak = std::max(peak, std::abs(wanted[position + n]));
    }
  }
  CHECK(peak > 0);
  CHECK(worst <= 1e-6 * peak);
  streaming->reset();
  CHECK(streaming->late_blocks() == 0);
}
