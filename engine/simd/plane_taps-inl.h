// What weigh_taps and dot_taps share: the way over two planes, and part of a vector at their sides.
#if defined(FALTUNG_ENGINE_SIMD_PLANE_TAPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FALTUNG_ENGINE_SIMD_PLANE_TAPS_INL_H_
#undef FALTUNG_ENGINE_SIMD_PLANE_TAPS_INL_H_
#else
#define FALTUNG_ENGINE_SIMD_PLANE_TAPS_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "engine/simd/plane_taps.h"

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int kRows = 4;         // at once: a sample meets as many of them as taps allow
constexpr int kMost = 3;         // rows of taps, and taps in a row: nine stay in registers

// Whether loads and stores of part of a vector leave the rest of its memory untouched.
constexpr bool kMasked = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2;

// What several multiply-adds share is loaded once: as a memory operand of each, a vector across two
// cache lines would keep both load ports busy every time.
template <class V>
HWY_INLINE V in_register(V v) {
#if HWY_TARGET == HWY_AVX3
  asm("" : "+v"(v.raw));
#endif
  return v;
}

// Some lanes of a vector: what is loaded of the others is 0, and nothing is stored there.
template <class D>
struct Lanes {
  using T = hn::TFromD<D>;
  Index first = 0, end = 0;
  hn::Mask<D> mask;

  // Of `count` samples, those at x and after.
  HWY_INLINE void inside(Index x, Index count) {
    const D d;
    end = std::clamp<Index>(count - x, 0, static_cast<Index>(hn::Lanes(d)));
    first = std::clamp<Index>(-x, 0, end);
    mask = hn::AndNot(hn::FirstN(d, static_cast<std::size_t>(first)),
                      hn::FirstN(d, static_cast<std::size_t>(end)));
  }
  HWY_INLINE void also(const Lanes& other) {
    end = std::min(end, other.end);
    first = std::min(first, end);
    mask = hn::And(mask, other.mask);
  }
  HWY_INLINE hn::Vec<D> load(const T* from) const {
    if constexpr (kMasked) return hn::MaskedLoad(mask, D(), from);
    HWY_ALIGN T part[HWY_LANES(T)] = {};
    std::copy(from + first, from + end, part + first);
    return hn::Load(D(), part);
  }
  HWY_INLINE void store(hn::Vec<D> v, T* to) const {
    if constexpr (kMasked) return hn::BlendedStore(v, mask, D(), to);
    HWY_ALIGN T part[HWY_LANES(T)];
    hn::Store(v, D(), part);
    std::copy(part + first, part + end, to + first);
  }
};

// Vectors of the outputs' rows for which the same lanes count.
template <class D, int kTaps>
struct Columns {
  Index x, end;
  bool whole;  // all lanes of every tap
  Lanes<D> out, taps[kTaps];
};

// Calls add(row, tap, samples) for kMine rows from `in` on, input row `row`, and all taps that find
// something there.
template <int kMine, int kTapRows, int kTaps, bool kWhole, class D, class T, class Add>
HWY_INLINE void for_each_pair(D d, const PlaneTaps& p, const Columns<D, kTaps>& columns, Index row,
                              const T* in, Add&& add) {
#pragma GCC unroll 16
  for (int q = 0; q < kMine + kTapRows - 1; ++q, in += p.in_stride) {
    if (!kWhole && (row + q < 0 || row + q >= p.in_rows)) continue;
#pragma GCC unroll 4
    for (int b = 0; b < kTaps; ++b) {
      const T* from = in + b * p.dilation;
      const auto samples = in_register(kWhole ? hn::LoadU(d, from) : columns.taps[b].load(from));
#pragma GCC unroll 4
      for (int a = 0; a < kTapRows; ++a) {
        if (q >= a && q - a < kMine) add(q - a, a * kTaps + b, samples);
      }
    }
  }
}

// Some taps of a kernel, and the rows of the outputs they are wanted for.
struct Part {
  Index tap_row, tap;
  Index row, end;
};

// kMine rows from `row` on, which the first of the taps reads from row `in_row` of the input on.
template <int kMine, int kTapRows, int kTaps, class D, class Work, class In, class Out>
HWY_INLINE void some_rows(const PlaneTaps& p, const Columns<D, kTaps>& columns, Index row,
                          Index in_row, const In* in, Out* out, Work& work) {
  const Index lanes = static_cast<Index>(hn::Lanes(D()));
  in += in_row * p.in_stride, out += row * p.out_stride;
  if (columns.whole && in_row >= 0 && in_row + kMine + kTapRows - 2 < p.in_rows) {
    for (Index x = columns.x; x < columns.end; x += lanes) {
      work.template add<kMine, true>(p, columns, in_row, in + x, out + x);
    }
  } else {
    for (Index x = columns.x; x < columns.end; x += lanes) {
      work.template add<kMine, false>(p, columns, in_row, in + x, out + x);
    }
  }
}

// Vectors [x, end) of all rows, of which all lanes count or those of the first one.
template <int kTapRows, int kTaps, class In, class Out, class Work>
HWY_INLINE void over_rows(const PlaneTaps& p, const Part& part, Index x, Index end, bool whole,
                          const In* in, Out* out, Work& work) {
  const Index down = part.tap_row * p.row_dilation - p.top;
  const Index along = part.tap * p.dilation - p.left;
  Columns<hn::ScalableTag<In>, kTaps> columns{x, end, whole, {}, {}};
  columns.out.inside(x, p.count);
#pragma GCC unroll 4
  for (int b = 0; b < kTaps; ++b) {
    columns.taps[b].inside(x + along + b * p.dilation, p.in_count);
    columns.taps[b].also(columns.out);
  }
  in += along;
  Index row = part.row;
  for (; row + kRows <= part.end; row += kRows) {
    some_rows<kRows, kTapRows, kTaps>(p, columns, row, row + down, in, out, work);
  }
  for (; row + 2 <= part.end; row += 2) {
    some_rows<2, kTapRows, kTaps>(p, columns, row, row + down, in, out, work);
  }
  if (row < part.end) {
    some_rows<1, kTapRows, kTaps>(p, columns, row, row + down, in, out, work);
  }
}

// Vectors at the planes' sides one by one, those between them together.
template <int kTapRows, int kTaps, class In, class Out, class Work>
HWY_INLINE void over_planes(const PlaneTaps& p, const Part& part, const In* in, Out* out,
                            Work& work) {
  const Index lanes = static_cast<Index>(hn::Lanes(hn::ScalableTag<In>()));
  const Index along = part.tap * p.dilation - p.left;
  const Index last = std::min(p.count, p.in_count - along - (kTaps - 1) * p.dilation) - lanes;
  for (Index x = 0; x < p.count;) {
    const bool whole = x + along >= 0 && x <= last;
    const Index vectors = whole ? (last - x) / lanes + 1 : 1;
    over_rows<kTapRows, kTaps>(p, part, x, x + vectors * lanes, whole, in, out, work);
    x += vectors * lanes;
  }
}

// Finds the instance for the taps that are left. Each is a function of its own: side by side, they
// lose registers.
template <int kTapRows, int kTaps, class Job>
HWY_INLINE void some_taps(const PlaneTaps& p, const Part& part, Index tap_rows, const Job& job) {
  if constexpr (kTapRows > 1) {
    if (tap_rows < kTapRows) return some_taps<kTapRows - 1, kTaps>(p, part, tap_rows, job);
  }
  if constexpr (kTaps > 1) {
    if (p.taps - part.tap < kTaps) {
      return some_taps<kTapRows, kTaps - 1>(p, part, tap_rows, job);
    }
  }
  job.template run<kTapRows, kTaps>(p, part);
}

// All taps for rows [row, end). Rows of taps that are not neighbours go one by one.
template <class Job>
HWY_INLINE void all_taps(const PlaneTaps& p, Index row, Index end, const Job& job) {
  const Index most = p.row_dilation == 1 ? kMost : 1;
  for (Index a = 0; a < p.tap_rows; a += most) {
    for (Index b = 0; b < p.taps; b += kMost) {
      some_taps<kMost, kMost>(p, {a, b, row, end}, std::min(most, p.tap_rows - a), job);
    }
  }
}

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
