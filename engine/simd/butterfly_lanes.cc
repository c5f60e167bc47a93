// The last levels of a transform, inside memory blocks, compiled once for each instruction set.
#include "engine/simd/butterflies.h"

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/butterfly_lanes.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/simd/complex-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {

// Exchanges the odd runs of kGrain lanes of x with the even runs of y: its own inverse.
template <int kGrain, class D>
HWY_INLINE void exchange(D d, hn::Vec<D>& x, hn::Vec<D>& y) {
#if HWY_TARGET != HWY_SCALAR
  using T = hn::TFromD<D>;
  constexpr size_t kBytes = kGrain * sizeof(T);
  const hn::Vec<D> a = x, b = y;
  if constexpr (kBytes == 32) {
    x = hn::ConcatLowerLower(d, b, a);
    y = hn::ConcatUpperUpper(d, b, a);
  } else if constexpr (kBytes == 16) {
    x = hn::OddEvenBlocks(hn::SwapAdjacentBlocks(b), a);
    y = hn::OddEvenBlocks(b, hn::SwapAdjacentBlocks(a));
  } else if constexpr (kBytes == 8) {
    const hn::Repartition<double, D> d64;
    x = hn::BitCast(d, hn::InterleaveLower(d64, hn::BitCast(d64, a), hn::BitCast(d64, b)));
    y = hn::BitCast(d, hn::InterleaveUpper(d64, hn::BitCast(d64, a), hn::BitCast(d64, b)));
  } else {
    x = hn::OddEven(hn::DupEven(b), a);
    y = hn::OddEven(b, hn::DupOdd(a));
  }
#else
  (void)d;
  (void)x;
  (void)y;
#endif
}

template <int kGrain, class D>
HWY_INLINE void exchange(D d, Complex<D>& x, Complex<D>& y) {
  exchange<kGrain>(d, x.re, y.re);
  exchange<kGrain>(d, x.im, y.im);
}

template <class D, class T>
HWY_INLINE Complex<D> next_twiddle(D d, const T*& table) {
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  const Complex<D> w{hn::Load(d, table), hn::Load(d, table + lanes)};
  table += 2 * lanes;
  return w;
}

// The levels within a pair of vectors, coarse to fine.
template <int kGrain, class D, class T>
HWY_INLINE void split_pair(D d, Complex<D>& x, Complex<D>& y, const T*& table) {
  if constexpr (kGrain >= 1) {
    exchange<kGrain>(d, x, y);
    split(d, x, y, next_twiddle(d, table));
    split_pair<kGrain / 2>(d, x, y, table);
  }
}

template <int kGrain, int kLevels, class D, class T>
HWY_INLINE void join_pair(D d, Complex<D>& x, Complex<D>& y, const T* table) {
  constexpr int kLanes = static_cast<int>(HWY_LANES(T) < kSpectrumBlock<T> ? HWY_LANES(T)
                                                                           : kSpectrumBlock<T>);
  if constexpr (2 * kGrain <= kLanes && kGrain >= 1) {
    const T* level = table + (kLevels - 1) * 2 * kLanes;
    join(d, x, y, next_twiddle(d, level));
    exchange<kGrain>(d, x, y);
    join_pair<kGrain * 2, kLevels - 1>(d, x, y, table);
  }
}

constexpr int log2_of(int n) { return n <= 1 ? 0 : 1 + log2_of(n / 2); }

// Vectors of a unit: a memory block where a vector is shorter than half of it … or two blocks
// where one vector fills it. Levels above a pair of vectors need no exchange of lanes.
template <class T>
struct Unit {
  static constexpr int kBlock = static_cast<int>(kSpectrumBlock<T>);
  static constexpr int kLanes =
      static_cast<int>(HWY_LANES(T)) < kBlock ? static_cast<int>(HWY_LANES(T)) : kBlock;
  static constexpr int kBlocks = kLanes == kBlock ? 2 : 1;
  static constexpr int kVectors = kBlocks * kBlock / kLanes;
  static constexpr int kLaneLevels = log2_of(kLanes);
};

template <class D, class T>
HWY_INLINE void load_unit(D d, const T* data, Complex<D>* z) {
  constexpr Index kPerBlock = kSpectrumBlock<T> / Unit<T>::kLanes;
#pragma GCC unroll 16
  for (Index v = 0; v < Unit<T>::kVectors; ++v) {
    z[v] = load(d, data + v / kPerBlock * 2 * kSpectrumBlock<T> + v % kPerBlock * Unit<T>::kLanes);
  }
}

template <class D, class T>
HWY_INLINE void store_unit(D d, const Complex<D>* z, T* data) {
  constexpr Index kPerBlock = kSpectrumBlock<T> / Unit<T>::kLanes;
#pragma GCC unroll 16
  for (Index v = 0; v < Unit<T>::kVectors; ++v) {
    store(d, z[v],
          data + v / kPerBlock * 2 * kSpectrumBlock<T> + v % kPerBlock * Unit<T>::kLanes);
  }
}

template <class T>
HWY_INLINE void split_lanes_of(T* data, Index count, const T* table) {
  const Tag<T> d;
  using U = Unit<T>;
  for (Index block = 0; block < count; block += U::kBlocks) {
    Complex<Tag<T>> z[U::kVectors];
    T* unit = data + block * 2 * kSpectrumBlock<T>;
    load_unit(d, unit, z);
    if constexpr (U::kBlocks == 1) {
#pragma GCC unroll 4
      for (int half = U::kVectors / 2; half >= 1; half /= 2) {
#pragma GCC unroll 16
        for (int v = 0; v < U::kVectors; ++v) {
          if (v & half) continue;
          split(d, z[v], z[v + half], next_twiddle(d, table));
        }
      }
    }
    if constexpr (U::kLanes > 1) {
#pragma GCC unroll 16
      for (int v = 0; v < U::kVectors; v += 2) {
        split_pair<U::kLanes / 2>(d, z[v], z[v + 1], table);
      }
    }
    store_unit(d, z, unit);
  }
}

template <class T>
HWY_INLINE void join_lanes_of(T* data, Index count, const T* table) {
  const Tag<T> d;
  using U = Unit<T>;
  constexpr int kUpperLevels = U::kBlocks == 1 ? log2_of(U::kVectors) : 0;
  constexpr int kUpper = kUpperLevels * U::kVectors / 2 * 2 * U::kLanes;
  constexpr int kPair = U::kLaneLevels * 2 * U::kLanes;
  for (Index block = 0; block < count; block += U::kBlocks) {
    Complex<Tag<T>> z[U::kVectors];
    T* unit = data + block * 2 * kSpectrumBlock<T>;
    load_unit(d, unit, z);
    if constexpr (U::kLanes > 1) {
#pragma GCC unroll 16
      for (int v = 0; v < U::kVectors; v += 2) {
        join_pair<1, U::kLaneLevels>(d, z[v], z[v + 1], table + kUpper + v / 2 * kPair);
      }
    }
    if constexpr (U::kBlocks == 1) {
      const T* level = table + kUpper;
#pragma GCC unroll 4
      for (int half = 1; half < U::kVectors; half *= 2) {
        level -= U::kVectors / 2 * 2 * U::kLanes;
        const T* w = level;
#pragma GCC unroll 16
        for (int v = 0; v < U::kVectors; ++v) {
          if (v & half) continue;
          join(d, z[v], z[v + half], next_twiddle(d, w));
        }
      }
    }
    store_unit(d, z, unit);
    table += kUpper + U::kVectors / 2 * kPair;
  }
}

Index Lanes32() { return static_cast<Index>(hn::Lanes(Tag<float>())); }
Index Lanes64() { return static_cast<Index>(hn::Lanes(Tag<double>())); }
void SplitLanes32(float* data, Index n, const float* table, const Lines& lines) {
  for (Index i = 0; i < lines.count; ++i) split_lanes_of(data + i * lines.spectrum, n, table);
}
void SplitLanes64(double* data, Index n, const double* table, const Lines& lines) {
  for (Index i = 0; i < lines.count; ++i) split_lanes_of(data + i * lines.spectrum, n, table);
}
void JoinLanes32(float* data, Index n, const float* table, const Lines& lines) {
  for (Index i = 0; i < lines.count; ++i) join_lanes_of(data + i * lines.spectrum, n, table);
}
void JoinLanes64(double* data, Index n, const double* table, const Lines& lines) {
  for (Index i = 0; i < lines.count; ++i) join_lanes_of(data + i * lines.spectrum, n, table);
}

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(Lanes32);
HWY_EXPORT(Lanes64);
HWY_EXPORT(SplitLanes32);
HWY_EXPORT(SplitLanes64);
HWY_EXPORT(JoinLanes32);
HWY_EXPORT(JoinLanes64);

template <>
Index vector_lanes<float>() noexcept {
  return HWY_DYNAMIC_DISPATCH(Lanes32)();
}
template <>
Index vector_lanes<double>() noexcept {
  return HWY_DYNAMIC_DISPATCH(Lanes64)();
}
void split_lanes(float* data, Index count, const float* table,
                 const Lines& lines) noexcept {
  HWY_DYNAMIC_DISPATCH(SplitLanes32)(data, count, table, lines);
}
void split_lanes(double* data, Index count, const double* table,
                 const Lines& lines) noexcept {
  HWY_DYNAMIC_DISPATCH(SplitLanes64)(data, count, table, lines);
}
void join_lanes(float* data, Index count, const float* table,
                const Lines& lines) noexcept {
  HWY_DYNAMIC_DISPATCH(JoinLanes32)(data, count, table, lines);
}
void join_lanes(double* data, Index count, const double* table,
                const Lines& lines) noexcept {
  HWY_DYNAMIC_DISPATCH(JoinLanes64)(data, count, table, lines);
}

}  // namespace faltung
#endif
