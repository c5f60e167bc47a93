// The product of packed panels, compiled once for each instruction set.
#include "engine/simd/multiply_panels.h"

#include <algorithm>

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/multiply_panels.cc"
#include <hwy/foreach_target.h>
#include <hwy/cache_control.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// 32 vector registers hold 14 x 2 sums, their columns and a row's value; 16 registers 6 x 2.
constexpr int kRows = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 14 : 6;
constexpr int kVectors = 2;
constexpr int kAhead = 16;  // depths: rows may come from level 3

template <class T>
HWY_INLINE PanelSizes sizes() {
  const Index lanes = static_cast<Index>(hn::Lanes(hn::ScalableTag<T>()));
  return {kRows, kVectors * lanes, lanes};
}

// One vector of outputs: what `start` says, plus the sum, within the limits.
template <class D, class V, class T>
HWY_INLINE V finished(D d, const PanelProduct<T>& p, V sum, V before) {
  sum = hn::Add(before, sum);
  if (!p.limits) return sum;
  const V low = hn::Set(d, p.limits->low), high = hn::Set(d, p.limits->high);
  sum = hn::IfThenElse(hn::Lt(sum, low), low, sum);
  return hn::IfThenElse(hn::Gt(sum, high), high, sum);
}

template <class D, class V, class T>
HWY_INLINE void store(D d, const PanelProduct<T>& p, V sum, Index row, T* out, Index valid) {
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  V before = hn::Set(d, p.bias && p.start == Start::bias ? p.bias[row] : T(0));
  if (valid >= lanes) {
    if (p.start == Start::accumulate) before = hn::LoadU(d, out);
    return hn::StoreU(finished(d, p, sum, before), d, out);
  }
  HWY_ALIGN T rest[HWY_LANES(T)] = {};
  if (p.start == Start::accumulate) {
    std::copy_n(out, valid, rest);
    before = hn::Load(d, rest);
  }
  hn::Store(finished(d, p, sum, before), d, rest);
  std::copy_n(rest, valid, out);
}

// A function of its own: inlined side by side, the instances lose their sums to memory (g++ 12).
// kMine rows from `row` on, kWide vectors of columns, `valid` samples of which are outputs.
template <int kMine, int kWide, class T>
HWY_NOINLINE void tile(const PanelProduct<T>& p, const T* rows, const T* columns, Index row, T* out,
                     Index valid) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  for (int m = 0; m < kMine; ++m) hwy::Prefetch(out + m * p.out_stride);
  for (int m = 0; m < kMine; ++m) hwy::Prefetch(out + m * p.out_stride + valid - 1);
  V sums[kMine * kWide];
#pragma GCC unroll 32
  for (int i = 0; i < kMine * kWide; ++i) sums[i] = hn::Zero(d);
  for (Index k = 0; k < p.depth; ++k) {
    hwy::Prefetch(rows + kMine * kAhead);
    V in[kWide];
#pragma GCC unroll 4
    for (int v = 0; v < kWide; ++v) {
      in[v] = hn::LoadU(d, columns + v * lanes);
    }
#pragma GCC unroll 16
    for (int m = 0; m < kMine; ++m) {
      const V weight = hn::Set(d, rows[m]);
#pragma GCC unroll 4
      for (int v = 0; v < kWide; ++v) {
        sums[m * kWide + v] = hn::MulAdd(weight, in[v], sums[m * kWide + v]);
      }
    }
    rows += kMine;
    columns += p.column_depth_stride;
  }
#pragma GCC unroll 16
  for (int m = 0; m < kMine; ++m) {
#pragma GCC unroll 4
    for (int v = 0; v < kWide; ++v) {
      store(d, p, sums[m * kWide + v], row + m, out + m * p.out_stride + v * lanes,
            valid - v * lanes);
    }
  }
}

// Finds the instance for `mine` rows.
template <int kMine, class T>
HWY_INLINE void tile_of(Index mine, const PanelProduct<T>& p, const T* rows, const T* columns,
                        Index row, T* out, Index valid) {
  if constexpr (kMine > 1) {
    if (mine < kMine) return tile_of<kMine - 1>(mine, p, rows, columns, row, out, valid);
  }
  if (valid > static_cast<Index>(hn::Lanes(hn::ScalableTag<T>()))) {
    tile<kMine, kVectors>(p, rows, columns, row, out, valid);
  } else {
    tile<kMine, 1>(p, rows, columns, row, out, valid);
  }
}

// Rows inside: a panel of columns stays in level 1 while those of rows pass by.
template <class T>
HWY_INLINE void multiply(const PanelProduct<T>& p) {
  const Index wide = sizes<T>().columns;
  for (Index column = 0; column < p.column_count; column += wide) {
    const T* columns = p.columns + column / wide * p.column_panel_stride;
    const Index valid = std::min(wide, p.column_count - column);
    for (Index row = 0; row < p.row_count; row += kRows) {
      tile_of<kRows>(std::min<Index>(kRows, p.row_count - row), p,
                     p.rows + row / kRows * p.row_panel_stride, columns, row,
                     p.out + row * p.out_stride + column, valid);
    }
  }
}

void Panels32(const PanelProduct<float>& p) { multiply(p); }
void Panels64(const PanelProduct<double>& p) { multiply(p); }
PanelSizes Sizes32() { return sizes<float>(); }
PanelSizes Sizes64() { return sizes<double>(); }

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(Panels32);
HWY_EXPORT(Panels64);
HWY_EXPORT(Sizes32);
HWY_EXPORT(Sizes64);

void multiply_panels(const PanelProduct<float>& product) noexcept {
  HWY_DYNAMIC_DISPATCH(Panels32)(product);
}
void multiply_panels(const PanelProduct<double>& product) noexcept {
  HWY_DYNAMIC_DISPATCH(Panels64)(product);
}

template <>
PanelSizes panel_sizes<float>() noexcept {
  return HWY_DYNAMIC_DISPATCH(Sizes32)();
}
template <>
PanelSizes panel_sizes<double>() noexcept {
  return HWY_DYNAMIC_DISPATCH(Sizes64)();
}

}  // namespace faltung
#endif
