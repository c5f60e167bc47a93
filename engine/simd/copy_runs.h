// Many short copies at once: how the samples of a layer's patches come together.
//
// Compiled once for each instruction set: runs of a few samples move in one vector each.
#pragma once

#include "engine/simd/accumulate_rows.h"

namespace faltung {

struct SampleRun {
  Index from = 0;
  Index to = 0;
  Index count = 0;
};

// Whether samples past the runs may be touched.
enum class Slack {
  none,  // nothing past a run is read or written
  rows,  // up to kRowSlack past a run are read, and written before the next run is
};

// to[run.to + n] = from[run.from + n·step], run after run. The same runs from + ahead on are likely
// to be copied soon: they are fetched, wherever that is.
void copy_runs(const float* from, Index step, const SampleRun* runs, Index count, Slack slack,
               Index ahead, float* to) noexcept;
void copy_runs(const double* from, Index step, const SampleRun* runs, Index count, Slack slack,
               Index ahead, double* to) noexcept;

// The other way: to[run.from + n·step] = bias + from[run.to + n], run after run. What lies between
// may be read and written as it was.
void place_runs(const float* from, const SampleRun* runs, Index count, Index step, float bias,
                float* to) noexcept;
void place_runs(const double* from, const SampleRun* runs, Index count, Index step, double bias,
                double* to) noexcept;

// even[n] = from[2n], odd[n] = from[2n + 1].
void split_pairs(const float* from, Index pairs, float* even, float* odd) noexcept;
void split_pairs(const double* from, Index pairs, double* even, double* odd) noexcept;

}  // namespace faltung
