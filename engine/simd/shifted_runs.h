// Sums and products of runs that lie anywhere: what one channel's taps do to one other channel.
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

// out[n] = Σ_t weights[t] · sources[t][n] for n in [0, count), in the order of t, which makes every
// output one sequence of fused multiply-adds from 0. `out` overlaps no source.
void weighted_sum(const float* const* sources, const float* weights, Index taps, Index count,
                  float* out) noexcept;
void weighted_sum(const double* const* sources, const double* weights, Index taps, Index count,
                  double* out) noexcept;

// sums[t] += Σ_n run[n] · sources[t][n]. Partial sums in the samples' type stay shorter than 4096
// terms, what they add up to is float64.
void dot_products(const float* run, const float* const* sources, Index taps, Index count,
                  double* sums) noexcept;
void dot_products(const double* run, const double* const* sources, Index taps, Index count,
                  double* sums) noexcept;

}  // namespace faltung
