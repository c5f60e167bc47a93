// Sums of a moving box at three additions for each sample, whatever the box's extent.
//
// The positions are cut at multiples of the box's extent K from the signal's start. Box [m, m + K)
// is the end of one piece and the beginning of the next: the sum from m to the cut, made backwards
// once for each piece, and the sum from the cut to m + K, which grows by one (after van Herk 1992,
// Gil and Werman 1993, who did so for maxima). Nothing is ever subtracted: at most K − 1 roundings
// meet in a sum however long the signal is, sums of integers that fit are exact, and a NaN ends with
// its box. No allocation, no exceptions.
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

// sum[n] = a[n] + b[n]; sum may be a or b, and b may be a run of a's that begins later.
void add_runs(const float* a, const float* b, float* sum, Index count) noexcept;
void add_runs(const double* a, const double* b, double* sum, Index count) noexcept;

// grown[n] += in[n]; sum[n] = ending[n] + grown[n].
void grow_runs(const float* in, const float* ending, float* grown, float* sum,
               Index count) noexcept;
void grow_runs(const double* in, const double* ending, double* grown, double* sum,
               Index count) noexcept;

}  // namespace faltung
