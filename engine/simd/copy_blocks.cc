// Copies of memory blocks of 128 bytes, compiled once for each instruction set.
#include "engine/simd/copy_blocks.h"

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/copy_blocks.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
HWY_INLINE void copy(const T* HWY_RESTRICT from, Index from_stride, Index width, Index count,
                     T* HWY_RESTRICT to, Index to_stride) {
  const hn::CappedTag<T, static_cast<size_t>(kSpectrumBlock<T>)> d;
  const Index numbers = width * 2 * kSpectrumBlock<T>;
  for (Index r = 0; r < count; ++r, from += from_stride, to += to_stride) {
    for (Index n = 0; n < numbers; n += static_cast<Index>(hn::Lanes(d))) {
      hn::Store(hn::Load(d, from + n), d, to + n);
    }
  }
}

void Blocks32(const float* from, Index from_stride, Index width, Index count, float* to,
              Index to_stride) {
  copy(from, from_stride, width, count, to, to_stride);
}
void Blocks64(const double* from, Index from_stride, Index width, Index count, double* to,
              Index to_stride) {
  copy(from, from_stride, width, count, to, to_stride);
}

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(Blocks32);
HWY_EXPORT(Blocks64);

void copy_blocks(const float* from, Index from_stride, Index width, Index count, float* to,
                 Index to_stride) noexcept {
  HWY_DYNAMIC_DISPATCH(Blocks32)(from, from_stride, width, count, to, to_stride);
}
void copy_blocks(const double* from, Index from_stride, Index width, Index count, double* to,
                 Index to_stride) noexcept {
  HWY_DYNAMIC_DISPATCH(Blocks64)(from, from_stride, width, count, to, to_stride);
}

}  // namespace faltung
#endif
