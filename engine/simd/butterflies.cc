// The passes of a complex Fourier transform, compiled once for each instruction set.
#include "engine/simd/butterflies.h"

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/butterflies.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/simd/complex-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
// Calls work(offset) for every vector of real parts in `width` memory blocks.
#define FALTUNG_FOR_EACH_VECTOR(offset, width)                              \
  for (Index block_ = 0; block_ < (width); ++block_)                        \
    for (Index offset = block_ * 2 * kSpectrumBlock<T>,                     \
               end_ = offset + kSpectrumBlock<T>;                           \
         offset < end_; offset += static_cast<Index>(hn::Lanes(d)))

enum class Direction { split, join };

template <Direction kDirection, class T>
HWY_INLINE void pass2(const Pass<T>& pass) {
  const Tag<T> d;
  const Index part = pass.rows * pass.row_stride;
  for (Index b = 0; b < pass.blocks; ++b) {
    const auto w = twiddle(d, pass.twiddles, pass.first + b);
    for (Index r = 0; r < pass.rows; ++r) {
      T* p = pass.data + 2 * b * part + r * pass.row_stride;
      FALTUNG_FOR_EACH_VECTOR(at, pass.width) {
        Complex<Tag<T>> x = load(d, p + at), y = load(d, p + part + at);
        if constexpr (kDirection == Direction::split) {
          split(d, x, y, w);
        } else {
          join(d, x, y, w);
        }
        store(d, x, p + at);
        store(d, y, p + part + at);
      }
    }
  }
}

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

template <Direction kDirection, class T>
HWY_INLINE void pass8(const Pass<T>& pass) {
  const Tag<T> d;
  const Index part = pass.rows * pass.row_stride;
  for (Index b = 0; b < pass.blocks; ++b) {
    const auto w = twiddles8(d, pass.twiddles, pass.first + b);
    for (Index r = 0; r < pass.rows; ++r) {
      T* p = pass.data + 8 * b * part + r * pass.row_stride;
      FALTUNG_FOR_EACH_VECTOR(at, pass.width) {
        Complex<Tag<T>> z[8];
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) z[i] = load(d, p + i * part + at);
        if constexpr (kDirection == Direction::split) {
          split_eight(d, z, w);
        } else {
          join_eight(d, z, w);
        }
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) store(d, z[i], p + i * part + at);
      }
    }
  }
}

template <int kRadix, class D, class T>
HWY_INLINE void line_from_real(D d, const T* lower, const T* upper, const Pass<T>& pass, T* to,
                               const Twiddles4<D>& w) {
  const Index part = pass.row_stride / 2;  // elements
  FALTUNG_FOR_EACH_VECTOR(at, pass.width) {
    const Index n = at / (2 * kSpectrumBlock<T>)*kSpectrumBlock<T> + at % kSpectrumBlock<T>;
    Complex<Tag<T>> z[kRadix];
#pragma GCC unroll 4
    for (int i = 0; i < kRadix; ++i) {
      z[i] = {hn::LoadU(d, lower + n + i * part), hn::LoadU(d, upper + n + i * part)};
    }
    if constexpr (kRadix == 4) {
      split_four(d, z, w);
    } else {
      split(d, z[0], z[1], w.upper);
    }
#pragma GCC unroll 4
    for (int i = 0; i < kRadix; ++i) store(d, z[i], to + 2 * i * part + at);
  }
}

template <int kRadix, class T>
HWY_INLINE void split_from_real(const T* lower, const T* upper, const Pass<T>& pass,
                                const Lines& lines) {
  const Tag<T> d;
  const auto w = twiddles4(d, pass.twiddles, pass.first);
  for (Index n = 0; n < lines.count; ++n) {
    line_from_real<kRadix>(d, lower + n * lines.samples, upper + n * lines.samples, pass,
                           pass.data + n * lines.spectrum, w);
  }
}

template <int kRadix, class D, class T>
HWY_INLINE void line_to_real(D d, T* lower, T* upper, T scale, const Pass<T>& pass, const T* from,
                             const Twiddles4<D>& w) {
  const Index part = pass.row_stride / 2;  // elements
  const auto factor = hn::Set(d, scale);
  FALTUNG_FOR_EACH_VECTOR(at, pass.width) {
    const Index n = at / (2 * kSpectrumBlock<T>)*kSpectrumBlock<T> + at % kSpectrumBlock<T>;
    Complex<Tag<T>> z[kRadix];
#pragma GCC unroll 4
    for (int i = 0; i < kRadix; ++i) z[i] = load(d, from + 2 * i * part + at);
    if constexpr (kRadix == 4) {
      join_four(d, z, w);
    } else {
      join(d, z[0], z[1], w.upper);
    }
#pragma GCC unroll 4
    for (int i = 0; i < kRadix; ++i) {
      if (lower) hn::StoreU(hn::Mul(z[i].re, factor), d, lower + n + i * part);
      hn::StoreU(hn::Mul(z[i].im, factor), d, upper + n + i * part);
    }
  }
}

template <int kRadix, class T>
HWY_INLINE void join_to_real(T* lower, T* upper, T scale, const Pass<T>& pass, const Lines& lines) {
  const Tag<T> d;
  const auto w = twiddles4(d, pass.twiddles, pass.first);
  for (Index n = 0; n < lines.count; ++n) {
    line_to_real<kRadix>(d, lower ? lower + n * lines.samples : lower, upper + n * lines.samples,
                         scale, pass, pass.data + n * lines.spectrum, w);
  }
}

#undef FALTUNG_FOR_EACH_VECTOR

// One set of entry points for each type.
#define FALTUNG_ENTRIES(T, B)                                                                    \
  void Split2##B(const Pass<T>& pass) { pass2<Direction::split>(pass); }                         \
  void Split4##B(const Pass<T>& pass) { pass4<Direction::split>(pass); }                         \
  void Split8##B(const Pass<T>& pass) { pass8<Direction::split>(pass); }                         \
  void Join8##B(const Pass<T>& pass) { pass8<Direction::join>(pass); }                           \
  void Join2##B(const Pass<T>& pass) { pass2<Direction::join>(pass); }                           \
  void Join4##B(const Pass<T>& pass) { pass4<Direction::join>(pass); }                           \
  void SplitReal##B(const T* lower, const T* upper, Index radix, const Pass<T>& pass,            \
                    const Lines& lines) {                                                        \
    radix == 4 ? split_from_real<4>(lower, upper, pass, lines)                                   \
               : split_from_real<2>(lower, upper, pass, lines);                                  \
  }                                                                                              \
  void JoinReal##B(T* lower, T* upper, Index radix, T scale, const Pass<T>& pass,                \
                   const Lines& lines) {                                                         \
    radix == 4 ? join_to_real<4>(lower, upper, scale, pass, lines)                               \
               : join_to_real<2>(lower, upper, scale, pass, lines);                              \
  }

FALTUNG_ENTRIES(float, 32)
FALTUNG_ENTRIES(double, 64)
#undef FALTUNG_ENTRIES

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

#define FALTUNG_EXPORT(T, B)                                                                \
  HWY_EXPORT(Split2##B);                                                                    \
  HWY_EXPORT(Split4##B);                                                                    \
  HWY_EXPORT(Split8##B);                                                                    \
  HWY_EXPORT(Join2##B);                                                                     \
  HWY_EXPORT(Join4##B);                                                                     \
  HWY_EXPORT(Join8##B);                                                                     \
  HWY_EXPORT(SplitReal##B);                                                                 \
  HWY_EXPORT(JoinReal##B);                                                                  \
  void split2(const Pass<T>& pass) noexcept { HWY_DYNAMIC_DISPATCH(Split2##B)(pass); }      \
  void split4(const Pass<T>& pass) noexcept { HWY_DYNAMIC_DISPATCH(Split4##B)(pass); }      \
  void split8(const Pass<T>& pass) noexcept { HWY_DYNAMIC_DISPATCH(Split8##B)(pass); }      \
  void join8(const Pass<T>& pass) noexcept { HWY_DYNAMIC_DISPATCH(Join8##B)(pass); }        \
  void join2(const Pass<T>& pass) noexcept { HWY_DYNAMIC_DISPATCH(Join2##B)(pass); }        \
  void join4(const Pass<T>& pass) noexcept { HWY_DYNAMIC_DISPATCH(Join4##B)(pass); }        \
  void split_real(const T* lower, const T* upper, Index radix, const Pass<T>& pass,         \
                  const Lines& lines) noexcept {                                            \
    HWY_DYNAMIC_DISPATCH(SplitReal##B)(lower, upper, radix, pass, lines);                   \
  }                                                                                         \
  void join_real(T* lower, T* upper, Index radix, T scale, const Pass<T>& pass,             \
                 const Lines& lines) noexcept {                                             \
    HWY_DYNAMIC_DISPATCH(JoinReal##B)(lower, upper, radix, scale, pass, lines);             \
  }

FALTUNG_EXPORT(float, 32)
FALTUNG_EXPORT(double, 64)
#undef FALTUNG_EXPORT

}  // namespace faltung
#endif
