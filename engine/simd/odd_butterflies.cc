// The passes of radix 3 and 5 of a complex Fourier transform, once for each instruction set.
//
// A block modulo t^n − c becomes its remainders modulo t^(n/r) − w·ω^k, w = c^(1/r), ω = e^(2πi/r):
// parts times w^m, then a transform of r points (Winograd 1978, as symmetric and odd sums).
#include "engine/simd/butterflies.h"

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/odd_butterflies.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/simd/complex-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {

template <class D>
HWY_INLINE Complex<D> times(const Complex<D>& z, const Complex<D>& w) {
  return {hn::NegMulAdd(z.im, w.im, hn::Mul(z.re, w.re)),
          hn::MulAdd(z.im, w.re, hn::Mul(z.re, w.im))};
}
template <class D>
HWY_INLINE Complex<D> times_conjugate(const Complex<D>& z, const Complex<D>& w) {
  return {hn::MulAdd(z.im, w.im, hn::Mul(z.re, w.re)),
          hn::NegMulAdd(z.re, w.im, hn::Mul(z.im, w.re))};
}
template <class D>
HWY_INLINE Complex<D> plus(const Complex<D>& a, const Complex<D>& b) {
  return {hn::Add(a.re, b.re), hn::Add(a.im, b.im)};
}
template <class D>
HWY_INLINE Complex<D> minus(const Complex<D>& a, const Complex<D>& b) {
  return {hn::Sub(a.re, b.re), hn::Sub(a.im, b.im)};
}
template <class D>
HWY_INLINE Complex<D> times(const Complex<D>& z, hn::Vec<D> factor) {
  return {hn::Mul(z.re, factor), hn::Mul(z.im, factor)};
}
// a + factor·z
template <class D>
HWY_INLINE Complex<D> plus(const Complex<D>& a, const Complex<D>& z, hn::Vec<D> factor) {
  return {hn::MulAdd(z.re, factor, a.re), hn::MulAdd(z.im, factor, a.im)};
}
// a + i·sine·z and a − i·sine·z, to x and y.
template <class D>
HWY_INLINE void turn(const Complex<D>& a, const Complex<D>& z, hn::Vec<D> sine, Complex<D>& x,
                     Complex<D>& y) {
  x = {hn::NegMulAdd(z.im, sine, a.re), hn::MulAdd(z.re, sine, a.im)};
  y = {hn::MulAdd(z.im, sine, a.re), hn::NegMulAdd(z.re, sine, a.im)};
}

// z[k] <- Σ_m z[m]·ω^(km); `sign` −1 gives the inverse, unscaled.
template <class D>
HWY_INLINE void transform3(D d, Complex<D>* z, double sign) {
  using T = hn::TFromD<D>;
  const auto half = hn::Set(d, T(-0.5));
  const auto sine = hn::Set(d, static_cast<T>(sign * 0.86602540378443864676));
  const Complex<D> even = plus(z[1], z[2]), odd = minus(z[1], z[2]);
  const Complex<D> middle = plus(z[0], even, half);
  z[0] = plus(z[0], even);
  turn(middle, odd, sine, z[1], z[2]);
}

template <class D>
HWY_INLINE void transform5(D d, Complex<D>* z, double sign) {
  using T = hn::TFromD<D>;
  constexpr double kSine1 = 0.95105651629515357212, kSine2 = 0.58778525229247312917;
  const auto cos1 = hn::Set(d, static_cast<T>(0.30901699437494742410));
  const auto cos2 = hn::Set(d, static_cast<T>(-0.80901699437494742410));
  const auto ratio = hn::Set(d, static_cast<T>(kSine2 / kSine1));
  const auto sine = hn::Set(d, static_cast<T>(sign * kSine1));
  const Complex<D> even1 = plus(z[1], z[4]), odd1 = minus(z[1], z[4]);
  const Complex<D> even2 = plus(z[2], z[3]), odd2 = minus(z[2], z[3]);
  const Complex<D> middle1 = plus(plus(z[0], even1, cos1), even2, cos2);
  const Complex<D> middle2 = plus(plus(z[0], even1, cos2), even2, cos1);
  z[0] = plus(plus(z[0], even1), even2);
  // The sines' sums over the larger sine.
  const Complex<D> side1 = plus(odd1, odd2, ratio);
  const Complex<D> side2 = {hn::MulSub(odd1.re, ratio, odd2.re), hn::MulSub(odd1.im, ratio, odd2.im)};
  turn(middle1, side1, sine, z[1], z[4]);
  turn(middle2, side2, sine, z[2], z[3]);
}

template <int kRadix, class D>
HWY_INLINE void transform(D d, Complex<D>* z, double sign) {
  if constexpr (kRadix == 3) {
    transform3(d, z, sign);
  } else {
    transform5(d, z, sign);
  }
}

enum class Direction { split, join };

template <Direction kDirection, int kRadix, class T>
HWY_INLINE void odd_pass(const Pass<T>& pass) {
  const Tag<T> d;
  const Index part = pass.rows * pass.row_stride, lanes = static_cast<Index>(hn::Lanes(d));
  for (Index b = 0; b < pass.blocks; ++b) {
    Complex<Tag<T>> w[kRadix];
    for (int m = 1; m < kRadix; ++m) {
      w[m] = twiddle(d, pass.twiddles, (pass.first + b) * (kRadix - 1) + m - 1);
    }
    for (Index at = 0; at < pass.width * kSpectrumBlock<T>; at += lanes) {
      T* p = pass.data + kRadix * b * part + at / kSpectrumBlock<T> * kSpectrumBlock<T> + at;
      Complex<Tag<T>> z[kRadix];
#pragma GCC unroll 5
      for (int m = 0; m < kRadix; ++m) z[m] = load(d, p + m * part);
      if constexpr (kDirection == Direction::split) {
#pragma GCC unroll 5
        for (int m = 1; m < kRadix; ++m) z[m] = times(z[m], w[m]);
        transform<kRadix>(d, z, 1);
      } else {
        transform<kRadix>(d, z, -1);
#pragma GCC unroll 5
        for (int m = 1; m < kRadix; ++m) z[m] = times_conjugate(z[m], w[m]);
      }
#pragma GCC unroll 5
      for (int m = 0; m < kRadix; ++m) store(d, z[m], p + m * part);
    }
  }
}

template <Direction kDirection, class T>
HWY_INLINE void any_odd_pass(const Pass<T>& pass, Index radix) {
  radix == 3 ? odd_pass<kDirection, 3>(pass) : odd_pass<kDirection, 5>(pass);
}

void SplitOdd32(const Pass<float>& pass, Index radix) { any_odd_pass<Direction::split>(pass, radix); }
void SplitOdd64(const Pass<double>& pass, Index radix) { any_odd_pass<Direction::split>(pass, radix); }
void JoinOdd32(const Pass<float>& pass, Index radix) { any_odd_pass<Direction::join>(pass, radix); }
void JoinOdd64(const Pass<double>& pass, Index radix) { any_odd_pass<Direction::join>(pass, radix); }

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(SplitOdd32);
HWY_EXPORT(SplitOdd64);
HWY_EXPORT(JoinOdd32);
HWY_EXPORT(JoinOdd64);

void split_odd(const Pass<float>& pass, Index radix) noexcept {
  HWY_DYNAMIC_DISPATCH(SplitOdd32)(pass, radix);
}
void split_odd(const Pass<double>& pass, Index radix) noexcept {
  HWY_DYNAMIC_DISPATCH(SplitOdd64)(pass, radix);
}
void join_odd(const Pass<float>& pass, Index radix) noexcept {
  HWY_DYNAMIC_DISPATCH(JoinOdd32)(pass, radix);
}
void join_odd(const Pass<double>& pass, Index radix) noexcept {
  HWY_DYNAMIC_DISPATCH(JoinOdd64)(pass, radix);
}

}  // namespace faltung
#endif
