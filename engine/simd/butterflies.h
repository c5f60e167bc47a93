// The passes of a complex Fourier transform whose bins need no order, and of their inverses.
//
// Forward, the array is a polynomial over t modulo t^n − c, |c| = 1; a butterfly with w = √c splits
// it into the remainders modulo t^(n/2) − w and t^(n/2) + w (Bernstein 2001, "Multidigit
// multiplication for mathematicians"; the decimation of Gentleman & Sande 1966, twiddles constant
// within a block). All blocks of one level use one table: in the tree that starts from c = 1, block
// b of any level has w_b = exp(iπ·rev(b)), rev the bit-reversed fraction of b in [0, 1); a tree that
// starts from c = i is its third subtree. Products of remainders are the remainders of products.
//
// Memory is blocks of kSpectrumBlock real parts followed by as many imaginary parts, 64-byte
// aligned. No allocation, no exceptions.
#pragma once

#include "engine/simd/accumulate_spectra.h"

namespace faltung {

// Numbers of type T in a vector of the instruction set in use, at most kSpectrumBlock.
template <class T>
Index vector_lanes() noexcept;
template <>
Index vector_lanes<float>() noexcept;
template <>
Index vector_lanes<double>() noexcept;

// One pass over `blocks` blocks of the transform, each of `radix` parts. A part is `rows` runs of
// `width` memory blocks; runs lie `row_stride` numbers apart, parts rows·row_stride.
template <class T>
struct Pass {
  T* data = nullptr;
  Index blocks = 1;
  Index rows = 1;
  Index row_stride = 0;
  Index width = 0;
  const T* twiddles = nullptr;  // w_0, w_1, … as (re, im)
  Index first = 0;              // index of the first block's twiddle
};

// Radix 4 is two levels at once: block b uses w_first+b, then w_2(first+b) and i·w_2(first+b); radix
// 8 is three.
void split2(const Pass<float>& pass) noexcept;
void split2(const Pass<double>& pass) noexcept;
void split4(const Pass<float>& pass) noexcept;
void split4(const Pass<double>& pass) noexcept;
void split8(const Pass<float>& pass) noexcept;
void split8(const Pass<double>& pass) noexcept;
// The inverses, without the factor 1/radix.
void join2(const Pass<float>& pass) noexcept;
void join2(const Pass<double>& pass) noexcept;
void join4(const Pass<float>& pass) noexcept;
void join4(const Pass<double>& pass) noexcept;
void join8(const Pass<float>& pass) noexcept;
void join8(const Pass<double>& pass) noexcept;

// The same with an odd radix, 3 or 5: block b has the powers 1 … radix − 1 of its root in the table of
// make_odd_twiddles (engine/fft), which replaces the pass's.
void split_odd(const Pass<float>& pass, Index radix) noexcept;
void split_odd(const Pass<double>& pass, Index radix) noexcept;
void join_odd(const Pass<float>& pass, Index radix) noexcept;
void join_odd(const Pass<double>& pass, Index radix) noexcept;

// Lines of one transform, treated alike: how many, and how far one begins behind the other.
struct Lines {
  Index count = 1;
  Index samples = 0;   // numbers apart before the transform
  Index spectrum = 0;  // and in it
};

// The first pass, from real samples: element n is (lower[n], upper[n]); `pass` says which part of
// one block's pass to do, and `lower` and `upper` point to its first element. Radix 4 where `radix`
// is 4, else 2.
void split_real(const float* lower, const float* upper, Index radix, const Pass<float>& pass,
                const Lines& lines = {}) noexcept;
void split_real(const double* lower, const double* upper, Index radix, const Pass<double>& pass,
                const Lines& lines = {}) noexcept;
// The last pass of the inverse, back to real samples times `scale`; `lower` may be null.
void join_real(float* lower, float* upper, Index radix, float scale, const Pass<float>& pass,
               const Lines& lines = {}) noexcept;
void join_real(double* lower, double* upper, Index radix, double scale, const Pass<double>& pass,
               const Lines& lines = {}) noexcept;

// The last log2(kSpectrumBlock) levels, inside memory blocks; `count` memory blocks (an even
// number). The table has 2·log2(kSpectrumBlock)·kSpectrumBlock/2 numbers for each memory block, in
// the order that make_lane_table (engine/fft) writes for this number of lanes.
void split_lanes(float* data, Index count, const float* table,
                 const Lines& lines = {}) noexcept;
void split_lanes(double* data, Index count, const double* table,
                 const Lines& lines = {}) noexcept;
void join_lanes(float* data, Index count, const float* table,
                const Lines& lines = {}) noexcept;
void join_lanes(double* data, Index count, const double* table,
                const Lines& lines = {}) noexcept;

}  // namespace faltung
