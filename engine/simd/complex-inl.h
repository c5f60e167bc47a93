// Complex vectors and their butterflies, for the files that are compiled once per instruction set.
#if defined(FALTUNG_ENGINE_SIMD_COMPLEX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_ENGINE_SIMD_COMPLEX_INL_H_
#undef FALTUNG_ENGINE_SIMD_COMPLEX_INL_H_
#else
#define FALTUNG_ENGINE_SIMD_COMPLEX_INL_H_
#endif

#include <hwy/highway.h>

#include "engine/simd/accumulate_spectra.h"

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

// Three levels at once: of block b the twiddles b, 2b, 4b and 4b + 2; the others are i times these.
template <class D>
struct Twiddles8 {
  Complex<D> upper, middle, middle_i, lower, lower_i, last, last_i;
};

template <class D, class T>
HWY_INLINE Twiddles8<D> twiddles8(D d, const T* table, Index index) {
  const Complex<D> middle = twiddle(d, table, 2 * index), lower = twiddle(d, table, 4 * index);
  const Complex<D> last = twiddle(d, table, 4 * index + 2);
  return {twiddle(d, table, index), middle, times_i(middle), lower, times_i(lower), last,
          times_i(last)};
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

template <class D>
HWY_INLINE void split_eight(D d, Complex<D>* z, const Twiddles8<D>& w) {
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) split(d, z[i], z[i + 4], w.upper);
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) split(d, z[i], z[i + 2], w.middle);
#pragma GCC unroll 2
  for (int i = 4; i < 6; ++i) split(d, z[i], z[i + 2], w.middle_i);
  split(d, z[0], z[1], w.lower);
  split(d, z[2], z[3], w.lower_i);
  split(d, z[4], z[5], w.last);
  split(d, z[6], z[7], w.last_i);
}

template <class D>
HWY_INLINE void join_eight(D d, Complex<D>* z, const Twiddles8<D>& w) {
  join(d, z[0], z[1], w.lower);
  join(d, z[2], z[3], w.lower_i);
  join(d, z[4], z[5], w.last);
  join(d, z[6], z[7], w.last_i);
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) join(d, z[i], z[i + 2], w.middle);
#pragma GCC unroll 2
  for (int i = 4; i < 6; ++i) join(d, z[i], z[i + 2], w.middle_i);
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) join(d, z[i], z[i + 4], w.upper);
}

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per target
