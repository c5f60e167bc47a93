// The frequency-domain inner loop: sum[k] (+)= Σ_t signal_t[k] · kernel_t[k] over flat spectra.
//
// A spectrum is a run of blocks of 128 bytes: kSpectrumBlock real parts, then as many imaginary
// parts. Which bin lies where is the business of engine/fft alone. No allocation, no exceptions.
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

template <class T>
constexpr Index kSpectrumBlock = 64 / sizeof(T);  // complex bins in a block

template <class T>
struct SpectrumTerm {
  const T* signal;
  const T* kernel;
};

enum class SumStart { zero, accumulate };

// `samples` is the length of every spectrum in numbers of type T: a multiple of
// 2·kSpectrumBlock<T>, 64-byte aligned.
void accumulate_spectra(float* sum, const SpectrumTerm<float>* terms, Index term_count,
                        Index samples, SumStart start) noexcept;
void accumulate_spectra(double* sum, const SpectrumTerm<double>* terms, Index term_count,
                        Index samples, SumStart start) noexcept;

}  // namespace faltung
