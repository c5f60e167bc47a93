// The frequency-domain inner loop, compiled once for each instruction set.
#include "engine/simd/accumulate_spectra.h"

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/accumulate_spectra.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// kVectors vectors of real parts that begin `first` numbers into a chunk, and their imaginary
// parts, over all products of all runs; in chunk number `chunk` of the runs.
template <int kVectors, class D, class T>
HWY_INLINE void bins(D d, T* HWY_RESTRICT sum, const SpectrumRun<T>* runs, Index run_count,
                     Index chunk, const Index* at, SumStart start) {
  using V = hn::Vec<D>;
  V re[kVectors], im[kVectors];
#pragma GCC unroll 16
  for (int v = 0; v < kVectors; ++v) {
    re[v] = start == SumStart::zero ? hn::Zero(d) : hn::Load(d, sum + at[v]);
    im[v] = start == SumStart::zero ? hn::Zero(d)
                                    : hn::Load(d, sum + at[v] + kSpectrumBlock<T>);
  }
  for (Index r = 0; r < run_count; ++r) {
    const T* signal = runs[r].signal + chunk * runs[r].signal_step;
    const T* kernel = runs[r].kernel + chunk * runs[r].kernel_step;
    for (Index t = 0; t < runs[r].count; ++t) {
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) {
        const V sr = hn::Load(d, signal + at[v]);
        const V si = hn::Load(d, signal + at[v] + kSpectrumBlock<T>);
        const V kr = hn::Load(d, kernel + at[v]);
        const V ki = hn::Load(d, kernel + at[v] + kSpectrumBlock<T>);
        re[v] = hn::NegMulAdd(si, ki, hn::MulAdd(sr, kr, re[v]));
        im[v] = hn::MulAdd(si, kr, hn::MulAdd(sr, ki, im[v]));
      }
      signal += kSpectrumChunk<T>;
      kernel += kSpectrumChunk<T>;
    }
  }
#pragma GCC unroll 16
  for (int v = 0; v < kVectors; ++v) {
    hn::Store(re[v], d, sum + at[v]);
    hn::Store(im[v], d, sum + at[v] + kSpectrumBlock<T>);
  }
}

template <class T>
HWY_INLINE void all_bins(T* sum, const SpectrumRun<T>* runs, Index run_count, Index samples,
                         SumStart start) {
  const hn::CappedTag<T, static_cast<size_t>(kSpectrumBlock<T>)> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  constexpr Index kBlock = kSpectrumBlock<T>;
  constexpr int kVectors = 4;
  // One, two or four vectors fill the real half of a block.
  const Index per_block = kBlock / lanes;
  Index at[kVectors];
  for (Index chunk = 0; chunk * kSpectrumChunk<T> < samples; ++chunk) {
    const Index left = samples - chunk * kSpectrumChunk<T>;
    const Index vectors = (left < kSpectrumChunk<T> ? left : kSpectrumChunk<T>) / 2 / lanes;
    T* to = sum + chunk * kSpectrumChunk<T>;
    Index v = 0;
    for (; v + kVectors <= vectors; v += kVectors) {
      for (int i = 0; i < kVectors; ++i) {
        at[i] = (v + i) / per_block * 2 * kBlock + (v + i) % per_block * lanes;
      }
      bins<kVectors>(d, to, runs, run_count, chunk, at, start);
    }
    for (; v < vectors; ++v) {
      at[0] = v / per_block * 2 * kBlock + v % per_block * lanes;
      bins<1>(d, to, runs, run_count, chunk, at, start);
    }
  }
}

void Spectra32(float* sum, const SpectrumRun<float>* runs, Index run_count, Index samples,
               SumStart start) {
  all_bins(sum, runs, run_count, samples, start);
}
void Spectra64(double* sum, const SpectrumRun<double>* runs, Index run_count, Index samples,
               SumStart start) {
  all_bins(sum, runs, run_count, samples, start);
}

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(Spectra32);
HWY_EXPORT(Spectra64);

void accumulate_spectra(float* sum, const SpectrumRun<float>* runs, Index run_count,
                        Index samples, SumStart start) noexcept {
  HWY_DYNAMIC_DISPATCH(Spectra32)(sum, runs, run_count, samples, start);
}
void accumulate_spectra(double* sum, const SpectrumRun<double>* runs, Index run_count,
                        Index samples, SumStart start) noexcept {
  HWY_DYNAMIC_DISPATCH(Spectra64)(sum, runs, run_count, samples, start);
}

}  // namespace faltung
#endif
