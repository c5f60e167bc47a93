// Many short copies at once, compiled once for each instruction set.
#include "engine/simd/copy_runs.h"

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/copy_runs.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Whether loads and stores of part of a vector leave the rest of its memory untouched.
constexpr bool kMasked = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2;

// After the vector of pairs at n. All end before the last sample, so that pairs lie inside; the last
// vector takes some again.
HWY_INLINE Index next_pairs(Index n, Index lanes, Index samples) {
  n += lanes;
  return n < samples - 1 && n + lanes >= samples ? samples - 1 - lanes : n;
}

template <class T>
HWY_INLINE void copy(const T* HWY_RESTRICT from, Index step, const SampleRun* runs, Index count,
                     Slack slack, Index ahead, T* HWY_RESTRICT to) {
  const hn::ScalableTag<T> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  for (Index r = 0; r < count; ++r) {
    const T* source = from + runs[r].from;
    T* target = to + runs[r].to;
    const Index samples = runs[r].count;
    Index n = 0;
    if (step == 1) {
      const Index vectors = slack == Slack::rows ? samples : samples - lanes + 1;
      for (; n < vectors; n += lanes) {
        hwy::Prefetch(source + ahead + n);
        hn::StoreU(hn::LoadU(d, source + n), d, target + n);
      }
      if (kMasked && n < samples) {
        const auto rest = hn::FirstN(d, static_cast<std::size_t>(samples - n));
        hn::BlendedStore(hn::MaskedLoad(rest, d, source + n), rest, d, target + n);
        continue;
      }
    } else if (step == 2) {
      for (; n + lanes < samples; n = next_pairs(n, lanes, samples)) {
        decltype(hn::Zero(d)) even, odd;
        hn::LoadInterleaved2(d, source + 2 * n, even, odd);
        hn::StoreU(even, d, target + n);
      }
    }
    for (; n < samples; ++n) target[n] = source[n * step];
  }
}

template <class T>
HWY_INLINE void place(const T* HWY_RESTRICT from, const SampleRun* runs, Index count, Index step,
                      T bias, T* HWY_RESTRICT to) {
  const hn::ScalableTag<T> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  const auto added = hn::Set(d, bias);
  for (Index r = 0; r < count; ++r) {
    const T* source = from + runs[r].to;
    T* target = to + runs[r].from;
    const Index samples = runs[r].count;
    Index n = 0;
    if (step == 1) {
      for (; n + lanes <= samples; n += lanes) {
        hn::StoreU(hn::Add(added, hn::LoadU(d, source + n)), d, target + n);
      }
    } else if (step == 2) {
      for (; n + lanes < samples; n = next_pairs(n, lanes, samples)) {
        decltype(hn::Zero(d)) even, odd;
        hn::LoadInterleaved2(d, target + 2 * n, even, odd);
        hn::StoreInterleaved2(hn::Add(added, hn::LoadU(d, source + n)), odd, d, target + 2 * n);
      }
    }
    for (; n < samples; ++n) target[n * step] = bias + source[n];
  }
}

template <class T>
HWY_INLINE void split(const T* HWY_RESTRICT from, Index pairs, T* HWY_RESTRICT even,
                      T* HWY_RESTRICT odd) {
  const hn::ScalableTag<T> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  Index n = 0;
  while (n + lanes <= pairs) {
    decltype(hn::Zero(d)) a, b;
    hn::LoadInterleaved2(d, from + 2 * n, a, b);
    hn::StoreU(a, d, even + n);
    hn::StoreU(b, d, odd + n);
    n += lanes;
    if (n < pairs && n + lanes > pairs) n = pairs - lanes;  // the last vector takes some again
  }
  for (; n < pairs; ++n) {
    even[n] = from[2 * n];
    odd[n] = from[2 * n + 1];
  }
}

void Place32(const float* from, const SampleRun* runs, Index count, Index step, float bias,
             float* to) {
  place(from, runs, count, step, bias, to);
}
void Place64(const double* from, const SampleRun* runs, Index count, Index step, double bias,
             double* to) {
  place(from, runs, count, step, bias, to);
}
void Split32(const float* from, Index pairs, float* even, float* odd) {
  split(from, pairs, even, odd);
}
void Split64(const double* from, Index pairs, double* even, double* odd) {
  split(from, pairs, even, odd);
}
void Copy32(const float* from, Index step, const SampleRun* runs, Index count, Slack slack,
            Index ahead, float* to) {
  copy(from, step, runs, count, slack, ahead, to);
}
void Copy64(const double* from, Index step, const SampleRun* runs, Index count, Slack slack,
            Index ahead, double* to) {
  copy(from, step, runs, count, slack, ahead, to);
}

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(Copy32);
HWY_EXPORT(Copy64);
HWY_EXPORT(Place32);
HWY_EXPORT(Place64);
HWY_EXPORT(Split32);
HWY_EXPORT(Split64);

void copy_runs(const float* from, Index step, const SampleRun* runs, Index count, Slack slack,
               Index ahead, float* to) noexcept {
  HWY_DYNAMIC_DISPATCH(Copy32)(from, step, runs, count, slack, ahead, to);
}
void copy_runs(const double* from, Index step, const SampleRun* runs, Index count, Slack slack,
               Index ahead, double* to) noexcept {
  HWY_DYNAMIC_DISPATCH(Copy64)(from, step, runs, count, slack, ahead, to);
}
void place_runs(const float* from, const SampleRun* runs, Index count, Index step, float bias,
                float* to) noexcept {
  HWY_DYNAMIC_DISPATCH(Place32)(from, runs, count, step, bias, to);
}
void place_runs(const double* from, const SampleRun* runs, Index count, Index step, double bias,
                double* to) noexcept {
  HWY_DYNAMIC_DISPATCH(Place64)(from, runs, count, step, bias, to);
}
void split_pairs(const float* from, Index pairs, float* even, float* odd) noexcept {
  HWY_DYNAMIC_DISPATCH(Split32)(from, pairs, even, odd);
}
void split_pairs(const double* from, Index pairs, double* even, double* odd) noexcept {
  HWY_DYNAMIC_DISPATCH(Split64)(from, pairs, even, odd);
}

}  // namespace faltung
#endif
