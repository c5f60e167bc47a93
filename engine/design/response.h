// Magnitude responses of kernels, by evaluating their Fourier sums one frequency at a time.
//
// Frequencies are in cycles per sample, 0 to 1/2; magnitudes in dB relative to gain 1, not below
// kSilenceDb. For pictures and tests: taps × frequencies multiply-adds, no FFT.
#pragma once

#include <span>
#include <vector>

#include "engine/nd/array.h"

namespace faltung {

constexpr double kSilenceDb = -400;

std::vector<double> magnitude_db(std::span<const double> taps, std::span<const double> frequencies);

// Of a kernel of rank 2: [row frequency][column frequency], each over the given frequencies, which
// may be negative here.
Array<double> magnitude_db_2d(const Array<double>& kernel, std::span<const double> frequencies);

}  // namespace faltung
