// What the taps of one kernel do between two planes: their weighted sum, and its gradient.
#pragma once

#include "engine/nd/shape.h"
#include "engine/simd/accumulate_rows.h"

namespace faltung {

// Tap (a, b) joins out[r][x] with in[r + a·row_dilation − top][x + b·dilation − left], where that
// lies inside. The planes' rows have no padding; nothing outside them is read or written.
struct PlaneTaps {
  Index rows = 0, count = 0, out_stride = 0;  // of out; samples from one row to the next
  Index in_rows = 0, in_count = 0, in_stride = 0;
  Index tap_rows = 1, taps = 1;
  Index row_dilation = 1, dilation = 1;
  Index top = 0, left = 0;  // negative: the first rows and samples are left out
};

// out = bias + Σ weights[a][b]·in, or added to what is there. Every output is one sequence of fused
// multiply-adds for each nine taps or fewer, and zeros count as samples before and after a row.
// `out` does not overlap `in`. No allocation, no exceptions.
void weigh_taps(const PlaneTaps& planes, const float* in, const float* weights, Start start,
                float bias, float* out) noexcept;
void weigh_taps(const PlaneTaps& planes, const double* in, const double* weights, Start start,
                double bias, double* out) noexcept;

// sums[a][b] += Σ out·in. Partial sums in the samples' type stay shorter than 4096 terms, what they
// add up to is float64. An infinite sample reaches the sums of its own taps only.
void dot_taps(const PlaneTaps& planes, const float* in, const float* out, double* sums) noexcept;
void dot_taps(const PlaneTaps& planes, const double* in, const double* out, double* sums) noexcept;

}  // namespace faltung
