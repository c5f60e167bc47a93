// How a long kernel is cut into partitions for short latency: the schedule, found on costs.
//
// Level ℓ holds `count` partitions of `partition` taps from tap `offset` on. A block of `partition`
// positions, once complete, is transformed, multiplied and transformed back within `deadline`
// positions, and its output is first heard `offset` positions after the block began (Gardner 1995).
// The levels' sizes and counts come from dynamic programming over this machine's costs (García
// 2002, "Optimal filter partition for efficient convolution with short input/output delay"), here
// with the condition that every level's work can be spread evenly in time.
#pragma once

#include <numeric>
#include <string>
#include <vector>

#include "engine/convolve/cost.h"

namespace faltung {

constexpr Index kSmallestPartition = 64;      // one chunk of a spectrum
constexpr Index kLargestPartition = 1 << 16;  // longer ones gain little: docs/benchmarks.md

struct ScheduleRequest {
  Index taps = 1;
  Index block = 64;    // positions of a call
  Index inputs = 1;    // transformed forward
  Index outputs = 1;   // transformed back
  Index paths = 1;     // products of each partition
  Index kernels = 1;   // distinct ones, in memory
  SampleType type = SampleType::float32;
};

struct LevelPlan {
  Index partition = 0;
  Index count = 0;
  Index offset = 0;
  Index deadline = 0;  // positions after the block's end; partition: the whole of the next block
  double seconds = 0;  // predicted, for one position
};

struct Schedule {
  Index direct_taps = 0;  // of the head in the sample domain; 0: the first level is the head
  std::vector<LevelPlan> levels;
  double seconds = 0;        // predicted mean, for one position
  double worst_block_s = 0;  // predicted, for one call of `block` positions

  // Every chunk of work lies within one run of so many positions: it divides all partitions and
  // offsets.
  Index quantum() const noexcept {
    if (levels.empty()) return kSmallestPartition;
    return std::gcd(levels.front().partition, levels.front().offset);
  }
  std::string text() const;  // "direct 64, 7x64, 9x512, …"
};

// The best schedule first, then the best of each other kind: with and without a direct head, and
// uniform.
std::vector<Schedule> make_schedules(const ScheduleRequest& request, const Costs& costs);

}  // namespace faltung
