// The transpose of a matrix by blocks of one 128-bit vector, compiled once for each instruction set.
#include "engine/simd/transpose.h"

#include <algorithm>

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/transpose.cc"
#include <hwy/foreach_target.h>
#include <hwy/cache_control.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr Index kColumns = 64;  // at once: their rows of the result stay in level 1

#if HWY_TARGET == HWY_SCALAR
template <class T>
constexpr Index kSide = 1;  // of a block

template <class T>
HWY_INLINE void block(const T* from, Index, T* to, Index) {
  *to = *from;
}
#else
template <class T>
constexpr Index kSide = 16 / static_cast<Index>(sizeof(T));  // of a block

HWY_INLINE void block(const float* from, Index from_stride, float* to, Index to_stride) {
  const hn::FixedTag<float, 4> d;
  const auto a = hn::LoadU(d, from), b = hn::LoadU(d, from + from_stride);
  const auto c = hn::LoadU(d, from + 2 * from_stride), e = hn::LoadU(d, from + 3 * from_stride);
  const auto ac = hn::InterleaveLower(d, a, c), be = hn::InterleaveLower(d, b, e);
  const auto ac_high = hn::InterleaveUpper(d, a, c), be_high = hn::InterleaveUpper(d, b, e);
  hn::StoreU(hn::InterleaveLower(d, ac, be), d, to);
  hn::StoreU(hn::InterleaveUpper(d, ac, be), d, to + to_stride);
  hn::StoreU(hn::InterleaveLower(d, ac_high, be_high), d, to + 2 * to_stride);
  hn::StoreU(hn::InterleaveUpper(d, ac_high, be_high), d, to + 3 * to_stride);
}

HWY_INLINE void block(const double* from, Index from_stride, double* to, Index to_stride) {
  const hn::FixedTag<double, 2> d;
  const auto a = hn::LoadU(d, from), b = hn::LoadU(d, from + from_stride);
  hn::StoreU(hn::InterleaveLower(d, a, b), d, to);
  hn::StoreU(hn::InterleaveUpper(d, a, b), d, to + to_stride);
}
#endif

template <class T>
HWY_INLINE void strip(const T* from, Index rows, Index columns, Index from_stride, T* to,
                      Index to_stride) {
  constexpr Index side = kSide<T>;
  const Index whole_rows = rows / side * side, whole = columns / side * side;
  for (Index r = 0; r < whole_rows; r += side) {
    for (Index c = 0; c < whole; c += side) {
      for (Index i = r; i < r + side; ++i) hwy::Prefetch(from + i * from_stride + c + kColumns);
      block(from + r * from_stride + c, from_stride, to + c * to_stride + r, to_stride);
    }
    for (Index c = whole; c < columns; ++c) {
      for (Index i = r; i < r + side; ++i) to[c * to_stride + i] = from[i * from_stride + c];
    }
  }
  for (Index r = whole_rows; r < rows; ++r) {
    for (Index c = 0; c < columns; ++c) to[c * to_stride + r] = from[r * from_stride + c];
  }
}

template <class T>
HWY_INLINE void transposed(const T* from, Index rows, Index columns, Index from_stride, T* to,
                           Index to_stride) {
  for (Index c = 0; c < columns; c += kColumns) {
    strip(from + c, rows, std::min(kColumns, columns - c), from_stride, to + c * to_stride,
          to_stride);
  }
}

void Transpose32(const float* from, Index rows, Index columns, Index from_stride, float* to,
                 Index to_stride) {
  transposed(from, rows, columns, from_stride, to, to_stride);
}
void Transpose64(const double* from, Index rows, Index columns, Index from_stride, double* to,
                 Index to_stride) {
  transposed(from, rows, columns, from_stride, to, to_stride);
}

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(Transpose32);
HWY_EXPORT(Transpose64);

void transpose(const float* from, Index rows, Index columns, Index from_stride, float* to,
               Index to_stride) noexcept {
  HWY_DYNAMIC_DISPATCH(Transpose32)(from, rows, columns, from_stride, to, to_stride);
}
void transpose(const double* from, Index rows, Index columns, Index from_stride, double* to,
               Index to_stride) noexcept {
  HWY_DYNAMIC_DISPATCH(Transpose64)(from, rows, columns, from_stride, to, to_stride);
}

}  // namespace faltung
#endif
