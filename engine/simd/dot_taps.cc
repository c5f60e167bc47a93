// The gradient of a kernel's taps between two planes, compiled once for each instruction set.
#include "engine/simd/plane_taps.h"

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/dot_taps.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/simd/plane_taps-inl.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {

constexpr Index kPiece = 4096;  // terms before sums go to float64

// The sums stay in registers over all rows.
template <int kTapRows, int kTaps, class T>
struct Dot {
  using D = hn::ScalableTag<T>;
  using V = hn::Vec<D>;
  V sums[kTapRows * kTaps];

  HWY_INLINE Dot() {
#pragma GCC unroll 16
    for (int i = 0; i < kTapRows * kTaps; ++i) sums[i] = hn::Zero(D());
  }

  template <int kMine, bool kWhole>
  HWY_INLINE void add(const PlaneTaps& p, const Columns<D, kTaps>& columns, Index row, const T* in,
                      const T* out) {
    V rows[kMine];
#pragma GCC unroll 8
    for (int r = 0; r < kMine; ++r, out += p.out_stride) {
      rows[r] = kWhole ? hn::LoadU(D(), out) : columns.out.load(out);
    }
    for_each_pair<kMine, kTapRows, kTaps, kWhole>(
        D(), p, columns, row, in, [&](int r, int tap, V samples) HWY_ATTR {
          sums[tap] = hn::MulAdd(rows[r], samples, sums[tap]);
        });
  }

  HWY_INLINE void finish(double* to, Index row) {
#pragma GCC unroll 16
    for (int i = 0; i < kTapRows * kTaps; ++i) {
      to[i / kTaps * row + i % kTaps] +=
          static_cast<double>(hn::GetLane(hn::SumOfLanes(D(), sums[i])));
    }
  }
};

template <class T>
struct Dotting {
  const T* in;
  const T* out;
  double* sums;

  template <int kTapRows, int kTaps>
  HWY_NOINLINE void run(const PlaneTaps& p, const Part& part) const {
    Dot<kTapRows, kTaps, T> work;
    over_planes<kTapRows, kTaps>(p, part, in, out, work);
    work.finish(sums + part.tap_row * p.taps + part.tap, p.taps);
  }
};

// In pieces short enough.
template <class T>
HWY_INLINE void dot(const PlaneTaps& p, const Dotting<T>& job) {
  if (p.count > kPiece) {
    PlaneTaps piece = p;
    for (Index x = 0; x < p.count; x += kPiece, piece.left -= kPiece) {
      piece.count = std::min(kPiece, p.count - x);
      for (Index row = 0; row < p.rows; ++row) {
        all_taps(piece, row, row + 1, Dotting<T>{job.in, job.out + x, job.sums});
      }
    }
    return;
  }
  const Index high = kPiece / std::max<Index>(1, p.count);
  for (Index row = 0; row < p.rows; row += high) {
    all_taps(p, row, std::min(p.rows, row + high), job);
  }
}

void Dot32(const PlaneTaps& p, const float* in, const float* out, double* sums) {
  dot<float>(p, {in, out, sums});
}
void Dot64(const PlaneTaps& p, const double* in, const double* out, double* sums) {
  dot<double>(p, {in, out, sums});
}

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(Dot32);
HWY_EXPORT(Dot64);

void dot_taps(const PlaneTaps& planes, const float* in, const float* out, double* sums) noexcept {
  HWY_DYNAMIC_DISPATCH(Dot32)(planes, in, out, sums);
}
void dot_taps(const PlaneTaps& planes, const double* in, const double* out,
              double* sums) noexcept {
  HWY_DYNAMIC_DISPATCH(Dot64)(planes, in, out, sums);
}

}  // namespace faltung
#endif
