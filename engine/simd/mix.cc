// Adding one run of samples to another, compiled once for each instruction set.
#include "engine/simd/mix.h"

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/mix.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
HWY_INLINE void add(T* HWY_RESTRICT to, const T* HWY_RESTRICT from, Index count) {
  const hn::ScalableTag<T> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  Index n = 0;
  for (; n + lanes <= count; n += lanes) {
    hn::StoreU(hn::Add(hn::LoadU(d, to + n), hn::LoadU(d, from + n)), d, to + n);
  }
  for (; n < count; ++n) to[n] += from[n];
}

void Add32(float* to, const float* from, Index count) { add(to, from, count); }
void Add64(double* to, const double* from, Index count) { add(to, from, count); }

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(Add32);
HWY_EXPORT(Add64);

void add_samples(float* to, const float* from, Index count) noexcept {
  HWY_DYNAMIC_DISPATCH(Add32)(to, from, count);
}
void add_samples(double* to, const double* from, Index count) noexcept {
  HWY_DYNAMIC_DISPATCH(Add64)(to, from, count);
}

}  // namespace faltung
#endif
