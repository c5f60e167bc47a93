// Sums of a moving box, compiled once for each instruction set.
#include "engine/simd/running_sums.h"

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/running_sums.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
HWY_INLINE void add(const T* a, const T* b, T* sum, Index count) {
  const hn::ScalableTag<T> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  Index n = 0;
  for (; n + lanes <= count; n += lanes) {
    hn::StoreU(hn::Add(hn::LoadU(d, a + n), hn::LoadU(d, b + n)), d, sum + n);
  }
  for (; n < count; ++n) sum[n] = a[n] + b[n];
}

template <class T>
HWY_INLINE void grow(const T* in, const T* ending, T* grown, T* sum, Index count) {
  const hn::ScalableTag<T> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  Index n = 0;
  for (; n + lanes <= count; n += lanes) {
    const auto more = hn::Add(hn::LoadU(d, grown + n), hn::LoadU(d, in + n));
    hn::StoreU(more, d, grown + n);
    hn::StoreU(hn::Add(hn::LoadU(d, ending + n), more), d, sum + n);
  }
  for (; n < count; ++n) {
    grown[n] += in[n];
    sum[n] = ending[n] + grown[n];
  }
}

void Add32(const float* a, const float* b, float* sum, Index count) { add(a, b, sum, count); }
void Add64(const double* a, const double* b, double* sum, Index count) { add(a, b, sum, count); }
void Grow32(const float* in, const float* ending, float* grown, float* sum, Index count) {
  grow(in, ending, grown, sum, count);
}
void Grow64(const double* in, const double* ending, double* grown, double* sum, Index count) {
  grow(in, ending, grown, sum, count);
}

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(Add32);
HWY_EXPORT(Add64);
HWY_EXPORT(Grow32);
HWY_EXPORT(Grow64);

void add_runs(const float* a, const float* b, float* sum, Index count) noexcept {
  HWY_DYNAMIC_DISPATCH(Add32)(a, b, sum, count);
}
void add_runs(const double* a, const double* b, double* sum, Index count) noexcept {
  HWY_DYNAMIC_DISPATCH(Add64)(a, b, sum, count);
}
void grow_runs(const float* in, const float* ending, float* grown, float* sum,
               Index count) noexcept {
  HWY_DYNAMIC_DISPATCH(Grow32)(in, ending, grown, sum, count);
}
void grow_runs(const double* in, const double* ending, double* grown, double* sum,
               Index count) noexcept {
  HWY_DYNAMIC_DISPATCH(Grow64)(in, ending, grown, sum, count);
}

}  // namespace faltung
#endif
