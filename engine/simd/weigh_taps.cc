// The weighted sum of what a kernel's taps read of a plane, compiled once for each instruction set.
#include "engine/simd/plane_taps.h"

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/weigh_taps.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/simd/plane_taps-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {

// Sums for a few rows at a time; the weights stay in registers.
template <int kTapRows, int kTaps, class T>
struct Weigh {
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;
  V weights[kTapRows * kTaps];
  V bias;
  Start start;

  HWY_INLINE Weigh(const T* from, Index row, Start start_with, T bias_of)
      : bias(hn::Set(D(), bias_of)), start(start_with) {
#pragma GCC unroll 16
    for (int i = 0; i < kTapRows * kTaps; ++i) {
      weights[i] = hn::Set(D(), from[i / kTaps * row + i % kTaps]);
    }
  }

  template <int kMine, bool kWhole>
  HWY_INLINE void add(const PlaneTaps& p, const Columns<D, kTaps>& columns, Index row, const T* in,
                      T* out) {
    V sums[kMine];
#pragma GCC unroll 8
    for (int r = 0; r < kMine; ++r) sums[r] = bias;
    if (start == Start::accumulate) {
#pragma GCC unroll 8
      for (int r = 0; r < kMine; ++r) {
        const T* from = out + r * p.out_stride;
        sums[r] = kWhole ? hn::LoadU(D(), from) : columns.out.load(from);
      }
    }
    for_each_pair<kMine, kTapRows, kTaps, kWhole>(
        D(), p, columns, row, in, [&](int r, int tap, V samples) HWY_ATTR {
          sums[r] = hn::MulAdd(weights[tap], samples, sums[r]);
        });
#pragma GCC unroll 8
    for (int r = 0; r < kMine; ++r, out += p.out_stride) {
      kWhole ? hn::StoreU(sums[r], D(), out) : columns.out.store(sums[r], out);
    }
  }
};

template <class T>
struct Weighing {
  const T* in;
  const T* weights;
  Start start;
  T bias;
  T* out;

  template <int kTapRows, int kTaps>
  HWY_NOINLINE void run(const PlaneTaps& p, const Part& part) const {
    Weigh<kTapRows, kTaps, T> work(weights + part.tap_row * p.taps + part.tap, p.taps,
                                   part.tap_row + part.tap > 0 ? Start::accumulate : start, bias);
    over_planes<kTapRows, kTaps>(p, part, in, out, work);
  }
};

void Weigh32(const PlaneTaps& p, const float* in, const float* weights, Start start, float bias,
             float* out) {
  all_taps(p, 0, p.rows, Weighing<float>{in, weights, start, bias, out});
}
void Weigh64(const PlaneTaps& p, const double* in, const double* weights, Start start,
             double bias, double* out) {
  all_taps(p, 0, p.rows, Weighing<double>{in, weights, start, bias, out});
}

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(Weigh32);
HWY_EXPORT(Weigh64);

void weigh_taps(const PlaneTaps& planes, const float* in, const float* weights, Start start,
                float bias, float* out) noexcept {
  HWY_DYNAMIC_DISPATCH(Weigh32)(planes, in, weights, start, bias, out);
}
void weigh_taps(const PlaneTaps& planes, const double* in, const double* weights, Start start,
                double bias, double* out) noexcept {
  HWY_DYNAMIC_DISPATCH(Weigh64)(planes, in, weights, start, bias, out);
}

}  // namespace faltung
#endif
