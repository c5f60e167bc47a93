// Live partitioned convolution: the schedule's promises, and the same output for any call lengths.
#include "engine/convolve/partitioned.h"

#include <doctest/doctest.h>

#include "engine/convolve/planner.h"
#include "engine/convolve/reference.h"
#include "tests/convolve/random_problem.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

// A causal series with a sparse matrix of responses, some of them delayed or short.
Problem live_problem(std::mt19937& random, Index taps, Index block, Index inputs, Index outputs) {
  Problem p;
  p.in_channels = inputs;
  p.out_channels = outputs;
  p.extent = taps + draw(random, 1, 3 * block + 500);
  p.stride = p.dilation = Shape{1};
  p.padding = {padding_for(Mode::full, taps)};
  for (Index o = 0; o < outputs; ++o) {
    for (Index i = 0; i < inputs; ++i) {
      if (o + i > 0 && draw(random, 0, 2) == 0) continue;
      p.paths.push_back({i, o, draw(random, 0, inputs)});
    }
  }
  p.kernels = Array<double>(Shape{inputs + 1, taps});
  for (Index k = 0; k <= inputs; ++k) {
    // In correlation order: zeros at the end are a delay, at the beginning a shorter response.
    const Index delay = k == 1 ? taps / 2 : 0, rest = k == 2 ? taps / 3 : 0;
    fill_noise(random, p.kernels.data() + k * taps + rest, taps - delay - rest);
  }
  p.block = block;
  p.max_slab = block;
  p.arithmetic = draw(random, 0, 3) == 0 ? SampleType::float64 : SampleType::float32;
  return p;
}

double allowed(SampleType type) { return type == SampleType::float32 ? 1e-6 : 1e-14; }

}  // namespace

TEST_CASE("partitioned: live, any call lengths give the definition's output") {
  std::mt19937 random(20261121);
  const Index blocks[] = {1, 8, 10, 32, 64, 100, 256, 480};
  for (int n = 0; n < 40; ++n) {
    const Index taps = draw(random, 0, 3) == 0 ? draw(random, 1, 100) : draw(random, 100, 3000);
    Problem p = live_problem(random, taps, blocks[n % 8], draw(random, 1, 3), draw(random, 1, 3));
    if (n % 5 == 0) p.bias.assign(static_cast<std::size_t>(p.out_channels), 0.25);
    CAPTURE(p.text());
    const Array<double> in = random_input(random, p);
    const Array<double> wanted = reference(p, in);
    for (const Schedule& schedule : make_schedules(schedule_request(p), Costs{})) {
      CAPTURE(schedule.text());
      auto streaming = p.arithmetic == SampleType::float32
                           ? make_partitioned<float>(p, schedule, Costs{})
                           : make_partitioned<double>(p, schedule, Costs{});
      std::vector<double> whole;
      for (const auto& cut : std::vector<std::vector<Index>>{
               {*p.block}, {1, 7}, {draw(random, 1, *p.block), draw(random, 1, *p.block)}}) {
        const std::vector<Index> fitting = {std::min(cut[0], *p.block),
                                            std::min(cut.back(), *p.block)};
        CAPTURE(fitting[0]);
        CAPTURE(fitting[1]);
        streaming->reset();
        const auto got = stream<double>(*streaming, p, in, fitting);
        CHECK(error_of(p, got, wanted) <= allowed(p.arithmetic));
        if (whole.empty()) whole = got;
        if (schedule.direct_taps > 0) CHECK(got == whole);
      }
    }
  }
}

TEST_CASE("partitioned: every call gives as much as it takes, from the first") {
  std::mt19937 random(3);
  Problem p = live_problem(random, 5000, 64, 1, 1);
  const Schedule schedule = make_schedules(schedule_request(p), Costs{})[0];
  const auto streaming = make_partitioned<float>(p, schedule, Costs{});
  Buffer<float> in(64), out(64);
  for (Index count : {64, 1, 63, 17, 64, 2}) {
    CHECK(streaming->process(SlabOf<float>{in.data(), 1, count, 1, 64},
                             SlabOf<float>{out.data(), 1, 64, 1, 64}) == count);
  }
}

TEST_CASE("schedule: covers every tap once and leaves time for every level") {
  for (Index taps : {1, 63, 64, 65, 1000, 2300, 2500, 48000, 480000}) {
    for (Index block : {1, 8, 10, 16, 64, 100, 256, 512, 4096}) {
      for (Index channels : {1, 16}) {
        ScheduleRequest request;
        request.taps = taps;
        request.block = block;
        request.inputs = request.outputs = channels;
        request.paths = request.kernels = channels * channels;
        for (const Schedule& s : make_schedules(request, Costs{})) {
          CAPTURE(taps);
          CAPTURE(block);
          CAPTURE(s.text());
          Index covered = s.direct_taps;
          for (const LevelPlan& level : s.levels) {
            CHECK(level.offset == covered);
            CHECK(level.count >= 1);
            CHECK(level.offset % s.quantum() == 0);
            CHECK(level.partition % s.quantum() == 0);
            covered += level.count * level.partition;
            const bool head = level.offset == 0;
            // Its output is heard when its input is there, and the work ends before.
            if (!head) CHECK(level.offset >= level.partition);
            if (!head) CHECK(level.deadline >= 1);
            if (!head) CHECK(level.deadline <= level.offset - level.partition + 2 * block);
          }
          CHECK(covered >= taps);
          CHECK(s.seconds > 0);
          CHECK(s.worst_block_s >= s.seconds * static_cast<double>(block));
        }
      }
    }
  }
}

TEST_CASE("schedule: long responses cost little more than short ones") {
  ScheduleRequest request;
  request.taps = 4800;
  const double small = make_schedules(request, Costs{})[0].seconds;
  request.taps = 480000;
  CHECK(make_schedules(request, Costs{})[0].seconds < 4 * small);
}
