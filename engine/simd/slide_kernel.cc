// A small square kernel slid over one plane, compiled once for each instruction set.
#include "engine/simd/slide_kernel.h"

#include <algorithm>

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/slide_kernel.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef FALTUNG_SLIDE_KERNEL_ROWS
#define FALTUNG_SLIDE_KERNEL_ROWS
namespace faltung {
namespace {

constexpr Index kReach = 32;  // samples beside a row that a vector may touch: a vector and the taps

// Rows in whose neighbourhood vectors would leave what may be read.
template <class T>
struct EdgeRows {
  Index front, back;
  explicit EdgeRows(const SlidPlane<T>& p) {
    constexpr Index lanes = 64 / static_cast<Index>(sizeof(T));  // of the widest vector
    const Index last = std::max<Index>(0, p.out_columns - lanes) - p.columns_before;
    const Index past = std::max<Index>(0, last + p.taps - 1 + lanes - p.columns);
    const auto rows = [&p](Index n) { return std::min(p.rows, (n + p.columns - 1) / p.columns); };
    front = p.readable_before >= p.columns_before ? 0 : rows(p.columns_before);
    back = p.readable_after >= past ? 0 : rows(past);
  }
};

// Where the plane's rows can be read from kReach samples before to kReach samples after them.
template <class T>
class Rows {
 public:
  explicit Rows(const SlidPlane<T>& p)
      : in_(p.in), rows_(p.rows), columns_(p.columns), edge_(p), zeros_(p.scratch + kReach) {
    for (Index r = 0; r < edge_.front; ++r) copy(r, copied(r));
    for (Index r = 0; r < edge_.back; ++r) copy(rows_ - edge_.back + r, copied(edge_.front + r));
  }

  const T* at(Index row) const {
    if (row < 0 || row >= rows_) return zeros_;
    if (row < edge_.front) return copied(row);
    if (row >= rows_ - edge_.back) return copied(row - rows_ + edge_.back + edge_.front);
    return in_ + row * columns_;
  }

 private:
  T* copied(Index n) const { return zeros_ + (n + 1) * (columns_ + 2 * kReach); }
  void copy(Index row, T* to) const {
    const T* from = in_ + row * columns_;
    for (Index n = 0; n < columns_; ++n) to[n] = from[n];
  }

  const T* in_;
  Index rows_, columns_;
  EdgeRows<T> edge_;
  T* zeros_;
};

}  // namespace
}  // namespace faltung
#endif

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Whether a store of part of a vector leaves the rest of its memory untouched.
constexpr bool kMasked = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2;

template <class T>
using Tag = hn::ScalableTag<T>;
template <class T>
constexpr HWY_INLINE Index lanes_of() {
  return static_cast<Index>(hn::Lanes(Tag<T>()));
}

template <class T>
using Lanes = hn::Mask<Tag<T>>;

// Which lanes of the vectors that a chunk reads lie within their row, for each tap.
template <int kTaps, class T>
HWY_INLINE void find_inside(const SlidPlane<T>& p, Index x, Lanes<T>* inside) {
  const Tag<T> d;
  for (int k = 0; k < kTaps; ++k) {
    const Index start = x + k - p.columns_before;
    const std::size_t before = static_cast<std::size_t>(std::max<Index>(0, -start));
    const std::size_t end = static_cast<std::size_t>(std::max<Index>(0, p.columns - start));
    inside[k] = hn::AndNot(hn::FirstN(d, before), hn::FirstN(d, end));
  }
}

template <class T>
HWY_INLINE void store(hn::Vec<Tag<T>> sum, T* to, Index valid) {
  const Tag<T> d;
  if (valid == lanes_of<T>()) {
    hn::StoreU(sum, d, to);
  } else if constexpr (kMasked) {
    hn::BlendedStore(sum, hn::FirstN(d, static_cast<std::size_t>(valid)), d, to);
  } else {
    HWY_ALIGN T rest[HWY_LANES(T)];
    hn::Store(sum, d, rest);
    std::copy_n(rest, valid, to);
  }
}

// One vector of kOutputs neighbouring rows from `row` on; what lies outside a row is zero, where
// kEdge admits it.
template <int kTaps, int kOutputs, bool kEdge, class T>
HWY_INLINE void chunk(const SlidPlane<T>& p, const T* const* rows, Index row, Index x,
                      const Lanes<T>* inside) {
  const Tag<T> d;
  hn::Vec<Tag<T>> sums[kOutputs];
#pragma GCC unroll 8
  for (int o = 0; o < kOutputs; ++o) sums[o] = hn::Set(d, p.bias);
#pragma GCC unroll 16
  for (int r = 0; r < kOutputs + kTaps - 1; ++r) {
#pragma GCC unroll 8
    for (int k = 0; k < kTaps; ++k) {
      auto in = hn::LoadU(d, rows[r] + x + k - p.columns_before);
      if constexpr (kEdge) {
        in = hn::IfThenElseZero(inside[k], in);
      }
#pragma GCC unroll 8
      for (int o = 0; o < kOutputs; ++o) {
        if (r - o < 0 || r - o >= kTaps) continue;
        sums[o] = hn::MulAdd(hn::Set(d, p.weights[(r - o) * kTaps + k]), in, sums[o]);
      }
    }
  }
  const Index valid = std::min(lanes_of<T>(), p.out_columns);
#pragma GCC unroll 8
  for (int o = 0; o < kOutputs; ++o) store(sums[o], p.out + (row + o) * p.out_columns + x, valid);
}

template <int kTaps, class T>
HWY_INLINE bool is_edge(const SlidPlane<T>& p, Index x) {
  const Index first = x - p.columns_before;
  return first < 0 || first + lanes_of<T>() + kTaps - 1 > p.columns;
}

// kOutputs rows from `row` on, at vector x only (kEdge) or at all that lie within the rows.
template <int kTaps, int kOutputs, bool kEdge, class T>
HWY_INLINE void band(const SlidPlane<T>& p, const Rows<T>& source, Index row, Index x,
                     const Lanes<T>* inside) {
  const T* rows[kOutputs + kTaps - 1];
  for (int r = 0; r < kOutputs + kTaps - 1; ++r) rows[r] = source.at(row + r - p.rows_before);
  if constexpr (kEdge) return chunk<kTaps, kOutputs, true>(p, rows, row, x, inside);
  const Index lanes = lanes_of<T>(), last = std::max<Index>(0, p.out_columns - lanes);
  for (Index next = 0; next < p.out_columns; next += lanes) {
    x = std::min(next, last);
    if (!is_edge<kTaps>(p, x)) chunk<kTaps, kOutputs, false>(p, rows, row, x, inside);
  }
}

template <int kTaps, bool kEdge, class T>
HWY_NOINLINE void bands(const SlidPlane<T>& p, const Rows<T>& rows, Index x) {
  Lanes<T> inside[kTaps];
  find_inside<kTaps>(p, x, inside);
  Index row = 0;
  for (; row + 4 <= p.out_rows; row += 4) band<kTaps, 4, kEdge>(p, rows, row, x, inside);
  for (; row + 2 <= p.out_rows; row += 2) band<kTaps, 2, kEdge>(p, rows, row, x, inside);
  for (; row < p.out_rows; ++row) band<kTaps, 1, kEdge>(p, rows, row, x, inside);
}

// The last vector of a row takes some outputs of the one before again.
template <int kTaps, class T>
HWY_INLINE void slide(const SlidPlane<T>& p) {
  const Rows<T> rows(p);
  const Index lanes = lanes_of<T>(), last = std::max<Index>(0, p.out_columns - lanes);
  if (last > 0) bands<kTaps, false>(p, rows, 0);
  for (Index next = 0; next < p.out_columns; next += lanes) {
    const Index x = std::min(next, last);
    if (last == 0 || is_edge<kTaps>(p, x)) bands<kTaps, true>(p, rows, x);
  }
}

void Slide32(const SlidPlane<float>& p) { p.taps == 3 ? slide<3>(p) : slide<5>(p); }
void Slide64(const SlidPlane<double>& p) { p.taps == 3 ? slide<3>(p) : slide<5>(p); }

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(Slide32);
HWY_EXPORT(Slide64);

template <class T>
Index slid_scratch(const SlidPlane<T>& plane) noexcept {
  const EdgeRows<T> edge(plane);
  return (1 + edge.front + edge.back) * (plane.columns + 2 * kReach);
}
template Index slid_scratch(const SlidPlane<float>&) noexcept;
template Index slid_scratch(const SlidPlane<double>&) noexcept;

void slide_kernel(const SlidPlane<float>& plane) noexcept { HWY_DYNAMIC_DISPATCH(Slide32)(plane); }
void slide_kernel(const SlidPlane<double>& plane) noexcept { HWY_DYNAMIC_DISPATCH(Slide64)(plane); }

}  // namespace faltung
#endif
