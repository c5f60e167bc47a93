// Spectra whose bins lie in the order of frequency, for measuring and designing responses.
//
// Convolution has no use for the order and goes through real_transform.h. Float64, one dimension,
// FFTW with estimated plans. These allocate and plan: never on the audio thread.
#pragma once

#include <complex>
#include <span>
#include <vector>

#include "engine/nd/shape.h"

namespace faltung {

// The bins 0 … n/2 of a real signal, zero-padded to n samples; n is even, at least its length and
// at most 2^30.
std::vector<std::complex<double>> ordered_spectrum(std::span<const double> signal, Index n);

// The real signal of 2 · (bins − 1) samples with this spectrum; scaled, so that it is the inverse.
std::vector<double> signal_of_spectrum(std::vector<std::complex<double>> bins);

}  // namespace faltung
