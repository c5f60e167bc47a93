// The frequency-domain inner loop: sum[k] (+)= Σ_t signal_t[k] · kernel_t[k] over spectra.
//
// A spectrum is a run of blocks of 128 bytes: kSpectrumBlock real parts, then as many imaginary
// parts. Which bin lies where is the business of engine/fft alone. No allocation, no exceptions.
//
// Spectra that are summed together may be kept interleaved, chunk by chunk, so that the loop reads
// memory in order: chunk c of product t of a run lies c·step + t·kSpectrumChunk numbers in. Plain
// spectra are runs of one product with step = kSpectrumChunk.
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

template <class T>
constexpr Index kSpectrumBlock = 64 / sizeof(T);  // complex bins in a block

template <class T>
constexpr Index kSpectrumChunk = 8 * kSpectrumBlock<T>;  // numbers in four blocks

template <class T>
struct SpectrumRun {
  const T* signal;
  const T* kernel;
  Index count = 1;  // products
  Index signal_step = kSpectrumChunk<T>;
  Index kernel_step = kSpectrumChunk<T>;
};

enum class SumStart { zero, accumulate };

// `samples` numbers of `sum` (plain), a multiple of 2·kSpectrumBlock<T>; all 64-byte aligned. `sum`
// may be one of the signals, if there is one term only.
void accumulate_spectra(float* sum, const SpectrumRun<float>* runs, Index run_count,
                        Index samples, SumStart start) noexcept;
void accumulate_spectra(double* sum, const SpectrumRun<double>* runs, Index run_count,
                        Index samples, SumStart start) noexcept;

}  // namespace faltung
