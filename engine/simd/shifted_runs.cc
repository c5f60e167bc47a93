// Sums and products of runs that lie anywhere, compiled once for each instruction set.
#include "engine/simd/shifted_runs.h"

#include <algorithm>
#include <cmath>

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/shifted_runs.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int kVectors = 4;      // of outputs at once
constexpr int kTaps = 9;         // sums at once
constexpr Index kPiece = 4096;   // terms before sums go to float64

template <class T>
HWY_INLINE void weighted(const T* const* sources, const T* weights, Index taps, Index count,
                         T* out) {
  const hn::ScalableTag<T> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  Index n = 0;
  for (; n + kVectors * lanes <= count; n += kVectors * lanes) {
    hn::Vec<decltype(d)> sums[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) sums[v] = hn::Zero(d);
    for (Index t = 0; t < taps; ++t) {
      const auto weight = hn::Set(d, weights[t]);
      const T* from = sources[t] + n;
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        sums[v] = hn::MulAdd(weight, hn::LoadU(d, from + v * lanes), sums[v]);
      }
    }
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) hn::StoreU(sums[v], d, out + n + v * lanes);
  }
  for (; n + lanes <= count; n += lanes) {
    auto sum = hn::Zero(d);
    for (Index t = 0; t < taps; ++t) {
      sum = hn::MulAdd(hn::Set(d, weights[t]), hn::LoadU(d, sources[t] + n), sum);
    }
    hn::StoreU(sum, d, out + n);
  }
  for (; n < count; ++n) {
    T sum = 0;
    for (Index t = 0; t < taps; ++t) sum = std::fma(weights[t], sources[t][n], sum);
    out[n] = sum;
  }
}

// kMine sums over a piece that begins at `first`.
template <int kMine, class T>
HWY_NOINLINE void dots(const T* run, const T* const* sources, Index first, Index count,
                       double* sums) {
  const hn::ScalableTag<T> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  hn::Vec<decltype(d)> parts[kMine];
#pragma GCC unroll 16
  for (int t = 0; t < kMine; ++t) parts[t] = hn::Zero(d);
  const T* from[kMine];
  for (int t = 0; t < kMine; ++t) from[t] = sources[t];
  Index n = first;
  for (; n + lanes <= first + count; n += lanes) {
    const auto a = hn::LoadU(d, run + n);
#pragma GCC unroll 16
    for (int t = 0; t < kMine; ++t) {
      parts[t] = hn::MulAdd(a, hn::LoadU(d, from[t] + n), parts[t]);
    }
  }
#pragma GCC unroll 16
  for (int t = 0; t < kMine; ++t) {
    double sum = static_cast<double>(hn::GetLane(hn::SumOfLanes(d, parts[t])));
    for (Index m = n; m < first + count; ++m) {
      sum += static_cast<double>(run[m]) * static_cast<double>(from[t][m]);
    }
    sums[t] += sum;
  }
}

// Finds the instance for `mine` sums.
template <int kMine, class T>
HWY_INLINE void dots_of(Index mine, const T* run, const T* const* sources, Index first, Index count,
                        double* sums) {
  if constexpr (kMine > 1) {
    if (mine < kMine) return dots_of<kMine - 1>(mine, run, sources, first, count, sums);
  }
  dots<kMine>(run, sources, first, count, sums);
}

template <class T>
HWY_INLINE void dotted(const T* run, const T* const* sources, Index taps, Index count,
                       double* sums) {
  for (Index first = 0; first < count; first += kPiece) {
    for (Index t = 0; t < taps; t += kTaps) {
      dots_of<kTaps>(std::min<Index>(kTaps, taps - t), run, sources + t, first,
                     std::min(kPiece, count - first), sums + t);
    }
  }
}

void Weighted32(const float* const* sources, const float* weights, Index taps, Index count,
                float* out) {
  weighted(sources, weights, taps, count, out);
}
void Weighted64(const double* const* sources, const double* weights, Index taps, Index count,
                double* out) {
  weighted(sources, weights, taps, count, out);
}
void Dots32(const float* run, const float* const* sources, Index taps, Index count, double* sums) {
  dotted(run, sources, taps, count, sums);
}
void Dots64(const double* run, const double* const* sources, Index taps, Index count,
            double* sums) {
  dotted(run, sources, taps, count, sums);
}

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(Weighted32);
HWY_EXPORT(Weighted64);
HWY_EXPORT(Dots32);
HWY_EXPORT(Dots64);

void weighted_sum(const float* const* sources, const float* weights, Index taps, Index count,
                  float* out) noexcept {
  HWY_DYNAMIC_DISPATCH(Weighted32)(sources, weights, taps, count, out);
}
void weighted_sum(const double* const* sources, const double* weights, Index taps, Index count,
                  double* out) noexcept {
  HWY_DYNAMIC_DISPATCH(Weighted64)(sources, weights, taps, count, out);
}
void dot_products(const float* run, const float* const* sources, Index taps, Index count,
                  double* sums) noexcept {
  HWY_DYNAMIC_DISPATCH(Dots32)(run, sources, taps, count, sums);
}
void dot_products(const double* run, const double* const* sources, Index taps, Index count,
                  double* sums) noexcept {
  HWY_DYNAMIC_DISPATCH(Dots64)(run, sources, taps, count, sums);
}

}  // namespace faltung
#endif
