// Runs of samples that are copied and placed, on every instruction set.
#include "engine/simd/copy_runs.h"

#include <doctest/doctest.h>

#include <vector>

#include "engine/simd/targets.h"

using namespace faltung;

namespace {

// Two runs of `count` samples, the second from where the first one ends.
template <class T>
struct Runs {
  Runs(Index count, Index step)
      : spread((2 * count - 1) * step + 1), packed(2 * count + 3),
        runs{{0, 0, count}, {count * step, count + 3, count}} {}
  Index spread, packed;
  std::vector<SampleRun> runs;
};

template <class T>
void check_copy(Index count, Index step) {
  const Runs<T> r(count, step);
  std::vector<T> from(static_cast<std::size_t>(r.spread));
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i + 1);
  std::vector<T> to(static_cast<std::size_t>(r.packed), T(-1)), expected = to;
  for (const SampleRun& run : r.runs) {
    for (Index n = 0; n < run.count; ++n) {
      expected[static_cast<std::size_t>(run.to + n)] =
          from[static_cast<std::size_t>(run.from + n * step)];
    }
  }
  copy_runs(from.data(), step, r.runs.data(), 2, Slack::none, 0, to.data());
  CHECK(to == expected);
}

template <class T>
void check_place(Index count, Index step) {
  const Runs<T> r(count, step);
  std::vector<T> from(static_cast<std::size_t>(r.packed));
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i + 1);
  std::vector<T> to(static_cast<std::size_t>(r.spread), T(-1)), expected = to;
  for (const SampleRun& run : r.runs) {
    for (Index n = 0; n < run.count; ++n) {
      expected[static_cast<std::size_t>(run.from + n * step)] =
          from[static_cast<std::size_t>(run.to + n)] + T(100);
    }
  }
  place_runs(from.data(), r.runs.data(), 2, step, T(100), to.data());
  CHECK(to == expected);
}

}  // namespace

TEST_CASE("copy runs: copies and places every sample once, and touches nothing between them") {
  for (const std::string& target : simd_targets()) {
    CAPTURE(target);
    force_simd_target(target);
    for (const Index count : {1, 2, 3, 7, 8, 9, 15, 16, 17, 18, 28, 31, 32, 33, 34, 70}) {
      for (const Index step : {1, 2, 3}) {
        CAPTURE(count);
        CAPTURE(step);
        check_copy<float>(count, step);
        check_copy<double>(count, step);
        check_place<float>(count, step);
        check_place<double>(count, step);
      }
    }
  }
  force_simd_target("");
}
