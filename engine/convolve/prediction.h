// What the planner foretells from a machine's costs: rates between the measured sizes, and errors.
#pragma once

#include "engine/convolve/cost.h"

namespace faltung {

// What lay in memory where Costs::spectra_near, spectra and spectra_far were measured.
constexpr double kNearBytes = 256 << 10;  // in level 2 of today's cores
constexpr double kMiddleBytes = 6 << 20;  // in level 3
constexpr double kFarBytes = 64 << 20;    // in memory

// Seconds of a forward and an inverse 1-D transform of a power of two, from costs.lines.
double line_transform_seconds(const Costs::OfType& costs, Index samples) noexcept;

// accumulate_rows' flop/s where output rows share kernel rows, `taps` of them.
double rows_rate(const Costs::OfType& costs, double taps) noexcept;

// accumulate_line's flop/s for one row through so many taps.
double line_rate(const Costs::OfType& costs, double taps) noexcept;

// accumulate_rows' flop/s on planes of one row with so many taps in a run.
double run_rate(const Costs::OfType& costs, double taps) noexcept;

// Seconds of a forward and an inverse transform of any rank for each sample and each log2(samples),
// remainder tree.
double transform_rate(const Costs::OfType& costs, double samples) noexcept;

// How much of a transform of so many samples finds no room in level 3: 0 to 1.
double far_share(double samples) noexcept;

// accumulate_spectra's flop/s where its operands take so many bytes in all.
double spectra_rate(const Costs::OfType& costs, double bytes) noexcept;

// Largest error to expect, relative to the output's peak, in units of the type's rounding: random
// rounding grows with the square root of the operations in a chain (Higham 2002, §2.8; for
// transforms Schatzman 1996); the factors are the largest seen in tests, doubled.
double direct_error(SampleType type, double taps) noexcept;
double transform_error(SampleType type, double samples) noexcept;

}  // namespace faltung
