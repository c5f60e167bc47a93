// The passes of a complex Fourier transform, compiled once for each instruction set.
#include "engine/simd/butterflies.h"

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/butterflies.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
using Tag = hn::CappedTag<T, static_cast<size_t>(kSpectrumBlock<T>)>;

template <class D>
struct Complex {
  // Written out, since implicit constructors lack the instruction set's attribute.
  HWY_INLINE Complex() {}
  HWY_INLINE Complex(hn::Vec<D> real, hn::Vec<D> imaginary) : re(real), im(imaginary) {}
  hn::Vec<D> re, im;
};

template <class D, class T>
HWY_INLINE Complex<D> load(D d, const T* p) {
  return {hn::Load(d, p), hn::Load(d, p + kSpectrumBlock<T>)};
}

template <class D, class T>
HWY_INLINE void store(D d, const Complex<D>& z, T* p) {
  hn::Store(z.re, d, p);
  hn::Store(z.im, d, p + kSpectrumBlock<T>);
}

template <class D, class T>
HWY_INLINE Complex<D> twiddle(D d, const T* table, Index index) {
  return {hn::Set(d, table[2 * index]), hn::Set(d, table[2 * index + 1])};
}

template <class D>
HWY_INLINE Complex<D> times_i(const Complex<D>& z) {
  return {hn::Neg(z.im), z.re};
}

// (a, b) -> (a + w·b, a − w·b) in six fused operations.
template <class D>
HWY_INLINE void split(D d, Complex<D>& a, Complex<D>& b, const Complex<D>& w) {
  const auto two = hn::Set(d, hn::TFromD<D>(2));
  const auto re = hn::NegMulAdd(w.im, b.im, hn::MulAdd(w.re, b.re, a.re));
  const auto im = hn::MulAdd(w.im, b.re, hn::MulAdd(w.re, b.im, a.im));
  b.re = hn::MulSub(two, a.re, re);
  b.im = hn::MulSub(two, a.im, im);
  a = {re, im};
}

// (a, b) -> (a + b, (a − b)·conj(w)).
template <class D>
HWY_INLINE void join(D, Complex<D>& a, Complex<D>& b, const Complex<D>& w) {
  const auto re = hn::Sub(a.re, b.re);
  const auto im = hn::Sub(a.im, b.im);
  a = {hn::Add(a.re, b.re), hn::Add(a.im, b.im)};
  b.re = hn::MulAdd(w.im, im, hn::Mul(w.re, re));
  b.im = hn::NegMulAdd(w.im, re, hn::Mul(w.re, im));
}

template <class D>
struct Twiddles4 {
  Complex<D> upper, lower, lower_i;
};

template <class D, class T>
HWY_INLINE Twiddles4<D> twiddles4(D d, const T* table, Index index) {
  const Complex<D> lower = twiddle(d, table, 2 * index);
  return {twiddle(d, table, index), lower, times_i(lower)};
}

template <class D>
HWY_INLINE void split_four(D d, Complex<D>* z, const Twiddles4<D>& w) {
  split(d, z[0], z[2], w.upper);
  split(d, z[1], z[3], w.upper);
  split(d, z[0], z[1], w.lower);
  split(d, z[2], z[3], w.lower_i);
}

template <class D>
HWY_INLINE void join_four(D d, Complex<D>* z, const Twiddles4<D>& w) {
  join(d, z[0], z[1], w.lower);
  join(d, z[2], z[3], w.lower_i);
  join(d, z[0], z[2], w.upper);
  join(d, z[1], z[3], w.upper);
}

// Calls work(offset) for every vector of real parts in `width` memory blocks.
#define FALTUNG_FOR_EACH_VECTOR(offset, width)                              \
  for (Index block_ = 0; block_ < (width); ++block_)                        \
    for (Index offset = block_ * 2 * kSpectrumBlock<T>,                     \
               end_ = offset + kSpectrumBlock<T>;                           \
         offset < end_; offset += static_cast<Index>(hn::Lanes(d)))

template <class T>
HWY_INLINE void split2_pass(const Pass<T>& pass) {
  const Tag<T> d;
  const Index part = pass.rows * pass.row_stride;
  for (Index b = 0; b < pass.blocks; ++b) {
    const auto w = twiddle(d, pass.twiddles, pass.first + b);
    for (Index r = 0; r < pass.rows; ++r) {
      T* p = pass.data + 2 * b * part + r * pass.row_stride;
      FALTUNG_FOR_EACH_VECTOR(at, pass.width) {
        Complex<Tag<T>> x = load(d, p + at), y = load(d, p + part + at);
        split(d, x, y, w);
        store(d, x, p + at);
        store(d, y, p + part + at);
      }
    }
  }
}

template <class T>
HWY_INLINE void join2_pass(const Pass<T>& pass) {
  const Tag<T> d;
  const Index part = pass.rows * pass.row_stride;
  for (Index b = 0; b < pass.blocks; ++b) {
    const auto w = twiddle(d, pass.twiddles, pass.first + b);
    for (Index r = 0; r < pass.rows; ++r) {
      T* p = pass.data + 2 * b * part + r * pass.row_stride;
      FALTUNG_FOR_EACH_VECTOR(at, pass.width) {
        Complex<Tag<T>> x = load(d, p + at), y = load(d, p + part + at);
        join(d, x, y, w);
        store(d, x, p + at);
        store(d, y, p + part + at);
      }
    }
  }
}

enum class Direction { split, join };

template <Direction kDirection, class T>
HWY_INLINE void pass4(const Pass<T>& pass) {
  const Tag<T> d;
  const Index part = pass.rows * pass.row_stride;
  for (Index b = 0; b < pass.blocks; ++b) {
    const auto w = twiddles4(d, pass.twiddles, pass.first + b);
    for (Index r = 0; r < pass.rows; ++r) {
      T* p = pass.data + 4 * b * part + r * pass.row_stride;
      FALTUNG_FOR_EACH_VECTOR(at, pass.width) {
        Complex<Tag<T>> z[4];
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) z[i] = load(d, p + i * part + at);
        if constexpr (kDirection == Direction::split) {
          split_four(d, z, w);
        } else {
          join_four(d, z, w);
        }
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) store(d, z[i], p + i * part + at);
      }
    }
  }
}

template <int kRadix, class T>
HWY_INLINE void split_from_real(const T* x, Index size, const Pass<T>& pass) {
  const Tag<T> d;
  const Index part = size / kRadix;
  const auto w = twiddles4(d, pass.twiddles, pass.first);
  FALTUNG_FOR_EACH_VECTOR(at, part / kSpectrumBlock<T>) {
    const Index n = at / (2 * kSpectrumBlock<T>)*kSpectrumBlock<T> + at % kSpectrumBlock<T>;
    Complex<Tag<T>> z[kRadix];
#pragma GCC unroll 4
    for (int i = 0; i < kRadix; ++i) {
      z[i] = {hn::LoadU(d, x + n + i * part), hn::LoadU(d, x + size + n + i * part)};
    }
    if constexpr (kRadix == 4) {
      split_four(d, z, w);
    } else {
      split(d, z[0], z[1], w.upper);
    }
#pragma GCC unroll 4
    for (int i = 0; i < kRadix; ++i) store(d, z[i], pass.data + 2 * i * part + at);
  }
}

template <int kRadix, class T>
HWY_INLINE void join_to_real(T* x, Index size, T scale, const Pass<T>& pass) {
  const Tag<T> d;
  const Index part = size / kRadix;
  const auto w = twiddles4(d, pass.twiddles, pass.first);
  const auto factor = hn::Set(d, scale);
  FALTUNG_FOR_EACH_VECTOR(at, part / kSpectrumBlock<T>) {
    const Index n = at / (2 * kSpectrumBlock<T>)*kSpectrumBlock<T> + at % kSpectrumBlock<T>;
    Complex<Tag<T>> z[kRadix];
#pragma GCC unroll 4
    for (int i = 0; i < kRadix; ++i) z[i] = load(d, pass.data + 2 * i * part + at);
    if constexpr (kRadix == 4) {
      join_four(d, z, w);
    } else {
      join(d, z[0], z[1], w.upper);
    }
#pragma GCC unroll 4
    for (int i = 0; i < kRadix; ++i) {
      hn::StoreU(hn::Mul(z[i].re, factor), d, x + n + i * part);
      hn::StoreU(hn::Mul(z[i].im, factor), d, x + size + n + i * part);
    }
  }
}

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

#undef FALTUNG_FOR_EACH_VECTOR

// One set of entry points for each type.
#define FALTUNG_ENTRIES(T, B)                                                                    \
  Index Lanes##B() { return static_cast<Index>(hn::Lanes(Tag<T>())); }                           \
  void Split2##B(const Pass<T>& pass) { split2_pass(pass); }                                     \
  void Split4##B(const Pass<T>& pass) { pass4<Direction::split>(pass); }                         \
  void Join2##B(const Pass<T>& pass) { join2_pass(pass); }                                       \
  void Join4##B(const Pass<T>& pass) { pass4<Direction::join>(pass); }                           \
  void SplitReal##B(const T* x, Index size, int radix, const Pass<T>& pass) {                    \
    radix == 4 ? split_from_real<4>(x, size, pass) : split_from_real<2>(x, size, pass);          \
  }                                                                                              \
  void JoinReal##B(T* x, Index size, int radix, T scale, const Pass<T>& pass) {                  \
    radix == 4 ? join_to_real<4>(x, size, scale, pass) : join_to_real<2>(x, size, scale, pass);  \
  }                                                                                              \
  void SplitLanes##B(T* data, Index n, const T* table) { split_lanes_of(data, n, table); }       \
  void JoinLanes##B(T* data, Index n, const T* table) { join_lanes_of(data, n, table); }

FALTUNG_ENTRIES(float, 32)
FALTUNG_ENTRIES(double, 64)
#undef FALTUNG_ENTRIES

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

#define FALTUNG_EXPORT(T, B)                                                                \
  HWY_EXPORT(Lanes##B);                                                                     \
  HWY_EXPORT(Split2##B);                                                                    \
  HWY_EXPORT(Split4##B);                                                                    \
  HWY_EXPORT(Join2##B);                                                                     \
  HWY_EXPORT(Join4##B);                                                                     \
  HWY_EXPORT(SplitReal##B);                                                                 \
  HWY_EXPORT(JoinReal##B);                                                                  \
  HWY_EXPORT(SplitLanes##B);                                                                \
  HWY_EXPORT(JoinLanes##B);                                                                 \
  template <>                                                                               \
  Index vector_lanes<T>() noexcept {                                                        \
    return HWY_DYNAMIC_DISPATCH(Lanes##B)();                                                \
  }                                                                                         \
  void split2(const Pass<T>& pass) noexcept { HWY_DYNAMIC_DISPATCH(Split2##B)(pass); }      \
  void split4(const Pass<T>& pass) noexcept { HWY_DYNAMIC_DISPATCH(Split4##B)(pass); }      \
  void join2(const Pass<T>& pass) noexcept { HWY_DYNAMIC_DISPATCH(Join2##B)(pass); }        \
  void join4(const Pass<T>& pass) noexcept { HWY_DYNAMIC_DISPATCH(Join4##B)(pass); }        \
  void split_real(const T* x, Index size, int radix, const Pass<T>& pass) noexcept {        \
    HWY_DYNAMIC_DISPATCH(SplitReal##B)(x, size, radix, pass);                               \
  }                                                                                         \
  void join_real(T* x, Index size, int radix, T scale, const Pass<T>& pass) noexcept {      \
    HWY_DYNAMIC_DISPATCH(JoinReal##B)(x, size, radix, scale, pass);                         \
  }                                                                                         \
  void split_lanes(T* data, Index count, const T* table) noexcept {                         \
    HWY_DYNAMIC_DISPATCH(SplitLanes##B)(data, count, table);                                \
  }                                                                                         \
  void join_lanes(T* data, Index count, const T* table) noexcept {                          \
    HWY_DYNAMIC_DISPATCH(JoinLanes##B)(data, count, table);                                 \
  }

FALTUNG_EXPORT(float, 32)
FALTUNG_EXPORT(double, 64)
#undef FALTUNG_EXPORT

}  // namespace faltung
#endif
