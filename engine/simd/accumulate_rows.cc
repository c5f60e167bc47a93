// The sample-domain inner loop, compiled once for each instruction set.
#include "engine/simd/accumulate_rows.h"

#include <algorithm>
#include <cstdint>

#include "engine/nd/array.h"

#include "engine/simd/instruction_sets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/simd/accumulate_rows.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/cache_control.h>

HWY_BEFORE_NAMESPACE();
namespace faltung::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// 32 vector registers hold 16 sums, their inputs and a tap; 16 registers hold 8.
constexpr int kSums = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON ? 16 : 8;

// Whether a store of part of a vector leaves the rest of its memory untouched.
constexpr bool kMaskedStores = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2;

// Where the weights of one signal row lie: weight of output o, tap k = base[o·output + k·tap].
template <class T>
struct Weights {
  const T* base;
  Index output;
  Index tap;
};

// What several multiply-adds share is loaded once: as a memory operand of each, a vector across two
// cache lines would keep both load ports busy every time.
template <bool kShared, class V>
HWY_INLINE V in_register(V v) {
#if HWY_TARGET == HWY_AVX3
  if constexpr (kShared) asm("" : "+v"(v.raw));
#endif
  return v;
}

// One signal row into the sums of outputs [kFirst, kEnd).
template <int kFirst, int kEnd, int kVectors, class D, class V, class T>
HWY_INLINE void add_row(D d, const T* row, const Weights<T>& weights, Index taps, Index dilation,
                        V* HWY_RESTRICT sums) {
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  const T* weight = weights.base;
  for (Index k = 0; k < taps; ++k) {
    V in[kVectors];
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      in[v] = in_register<(kEnd - kFirst > 1)>(hn::LoadU(d, row + v * lanes));
    }
#pragma GCC unroll 16
    for (int o = kFirst; o < kEnd; ++o) {
      const V tap = in_register<(kVectors > 2)>(hn::Set(d, weight[o * weights.output]));
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) {
        sums[o * kVectors + v] = hn::MulAdd(tap, in[v], sums[o * kVectors + v]);
      }
    }
    row += dilation;
    weight += weights.tap;
  }
}

// Rows [kRow, kEndRow) at which not all outputs take part: output o uses rows o … o + kRows − 1.
template <int kRow, int kEndRow, int kOutputs, int kRows, int kVectors, class D, class V, class T>
HWY_INLINE void add_ragged_rows(D d, const RowPlane<T>& plane, const RowBlock<T>& block, Index row,
                                Index x, V* HWY_RESTRICT sums) {
  if constexpr (kRow < kEndRow) {
    constexpr int kFirst = kRow - kRows + 1 > 0 ? kRow - kRows + 1 : 0;
    constexpr int kEnd = kRow + 1 < kOutputs ? kRow + 1 : kOutputs;
    const Weights<T> weights{plane.weights + row * plane.taps, -plane.taps, 1};
    add_row<kFirst, kEnd, kVectors>(d, plane.samples + (block.first_row + row) * block.row_stride + x, weights,
                                    plane.taps, block.dilation, sums);
    add_ragged_rows<kRow + 1, kEndRow, kOutputs, kRows, kVectors>(d, plane, block, row + 1, x,
                                                                  sums);
  }
}

// kRows is the number of kernel rows where it is below kOutputs, else kOutputs.
template <int kOutputs, int kRows, int kVectors, class D, class V, class T>
HWY_INLINE void add_plane_sharing_kernel(D d, const RowPlane<T>& plane, const RowBlock<T>& block,
                                         Index x, V* HWY_RESTRICT sums) {
  if constexpr (kRows < kOutputs) {
    add_ragged_rows<0, kOutputs + kRows - 1, kOutputs, kRows, kVectors>(d, plane, block, 0, x,
                                                                        sums);
  } else {
    // Above the first full row and below the last one the shape of a pass is that of kRows rows.
    add_ragged_rows<0, kOutputs - 1, kOutputs, kRows, kVectors>(d, plane, block, 0, x, sums);
    for (Index r = kOutputs - 1; r < block.rows; ++r) {
      const Weights<T> weights{plane.weights + r * plane.taps, -plane.taps, 1};
      add_row<0, kOutputs, kVectors>(d, plane.samples + (block.first_row + r) * block.row_stride + x, weights,
                                     plane.taps, block.dilation, sums);
    }
    add_ragged_rows<kRows, kRows + kOutputs - 1, kOutputs, kRows, kVectors>(d, plane, block,
                                                                            block.rows, x, sums);
  }
}

template <int kOutputs, int kVectors, class D, class V, class T>
HWY_INLINE void add_plane_sharing_signal(D d, const RowPlane<T>& plane, const RowBlock<T>& block,
                                         Index x, V* HWY_RESTRICT sums) {
  for (Index r = 0; r < block.rows; ++r) {
    const Weights<T> weights{plane.weights + r * plane.taps * kOutputs, 1, kOutputs};
    add_row<0, kOutputs, kVectors>(d, plane.samples + (block.first_row + r) * block.row_stride + x, weights, plane.taps,
                                   block.dilation, sums);
  }
}

// kVectors vectors of every output at x; `valid` samples of them are stored.
template <Sharing kSharing, int kOutputs, int kRows, int kVectors, class D, class T>
HWY_INLINE void block_at(D d, const RowBlock<T>& block, Index x, Index valid) {
  using V = hn::Vec<D>;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  const bool whole = valid == kVectors * lanes;
  V sums[kOutputs * kVectors];
#pragma GCC unroll 16
  for (int o = 0; o < kOutputs; ++o) {
    T* out = block.out + o * block.out_stride + x;
    const T bias = block.bias ? block.bias[kSharing == Sharing::signal ? o : 0] : T(0);
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      V& sum = sums[o * kVectors + v];
      sum = hn::Set(d, bias);
      if (block.start == Start::accumulate) {
        if (whole) {
          sum = hn::LoadU(d, out + v * lanes);
        } else {
          HWY_ALIGN T rest[HWY_LANES(T)] = {};
          std::copy_n(out, valid, rest);
          sum = hn::Load(d, rest);
        }
      }
    }
  }
  for (Index p = 0; p < block.plane_count; ++p) {
    if constexpr (kSharing == Sharing::kernel) {
      add_plane_sharing_kernel<kOutputs, kRows, kVectors>(d, block.planes[p], block, x, sums);
    } else {
      add_plane_sharing_signal<kOutputs, kVectors>(d, block.planes[p], block, x, sums);
    }
  }
  const bool past_caches = block.store == Store::past_caches;
#pragma GCC unroll 16
  for (int o = 0; o < kOutputs; ++o) {
    T* out = block.out + o * block.out_stride + x;
#pragma GCC unroll 16
    for (int v = 0; v < kVectors; ++v) {
      if (whole && past_caches) {
        hn::Stream(sums[o * kVectors + v], d, out + v * lanes);
      } else if (whole) {
        hn::StoreU(sums[o * kVectors + v], d, out + v * lanes);
      } else if constexpr (kMaskedStores) {
        hn::BlendedStore(sums[o * kVectors + v], hn::FirstN(d, static_cast<std::size_t>(valid)), d,
                         out);
      } else {
        HWY_ALIGN T rest[HWY_LANES(T)];
        hn::Store(sums[o * kVectors + v], d, rest);
        std::copy_n(rest, valid, out);
      }
    }
  }
}

template <Sharing kSharing, int kOutputs, int kRows, class T>
HWY_INLINE void along_x(const RowBlock<T>& block) {
  const hn::ScalableTag<T> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  constexpr int kVectors = kOutputs == 1 ? 8 : kSums / kOutputs;
  Index x = 0;
  for (; x + kVectors * lanes <= block.count; x += kVectors * lanes) {
    block_at<kSharing, kOutputs, kRows, kVectors>(d, block, x, kVectors * lanes);
  }
  if constexpr (kVectors > 2) {
    for (; x + 2 * lanes <= block.count; x += 2 * lanes) {
      block_at<kSharing, kOutputs, kRows, 2>(d, block, x, 2 * lanes);
    }
  }
  for (; x < block.count; x += lanes) {
    block_at<kSharing, kOutputs, kRows, 1>(d, block, x, std::min(lanes, block.count - x));
  }
}

// The outputs [first, first + kOutputs) of a block whose outputs share the kernel.
template <int kOutputs, int kRows, class T>
HWY_INLINE void some_outputs(const RowBlock<T>& block, Index first) {
  RowBlock<T> some = block;
  some.out += first * block.out_stride;
  some.first_row += first;
  along_x<Sharing::kernel, kOutputs, kRows>(some);
}

// Streaming stores need whole aligned vectors.
template <class T>
HWY_INLINE Store possible_store(const RowBlock<T>& block) {
  const auto address = reinterpret_cast<std::uintptr_t>(block.out);
  const Index pitch = block.out_stride * static_cast<Index>(sizeof(T));
  const bool aligned = address % kAlignment == 0 && (block.outputs == 1 || pitch % 64 == 0);
  return aligned ? block.store : Store::cached;
}

template <class T>
HWY_INLINE void sharing_kernel(const RowBlock<T>& wanted) {
  RowBlock<T> block = wanted;
  block.store = possible_store(block);
  Index o = 0;
  if (block.rows > 1) {
    for (; o + 4 <= block.outputs; o += 4) {
      if (block.rows == 2) {
        some_outputs<4, 2>(block, o);
      } else if (block.rows == 3) {
        some_outputs<4, 3>(block, o);
      } else {
        some_outputs<4, 4>(block, o);
      }
    }
    for (; o + 2 <= block.outputs; o += 2) some_outputs<2, 2>(block, o);
  }
  for (; o < block.outputs; ++o) some_outputs<1, 1>(block, o);
  if (block.store == Store::past_caches) hwy::FlushStream();  // other threads may read it next
}

template <class T>
HWY_INLINE void sharing_signal(const RowBlock<T>& block) {
  switch (block.outputs) {
    case 8:
      return along_x<Sharing::signal, 8, 1>(block);
    case 4:
      return along_x<Sharing::signal, 4, 1>(block);
    case 2:
      return along_x<Sharing::signal, 2, 1>(block);
    default:
      return along_x<Sharing::signal, 1, 1>(block);
  }
}

void Rows32(const RowBlock<float>& block) {
  block.sharing == Sharing::kernel ? sharing_kernel(block) : sharing_signal(block);
}
void Rows64(const RowBlock<double>& block) {
  block.sharing == Sharing::kernel ? sharing_kernel(block) : sharing_signal(block);
}

}  // namespace faltung::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace faltung {

HWY_EXPORT(Rows32);
HWY_EXPORT(Rows64);

void accumulate_rows(const RowBlock<float>& block) noexcept {
  HWY_DYNAMIC_DISPATCH(Rows32)(block);
}
void accumulate_rows(const RowBlock<double>& block) noexcept {
  HWY_DYNAMIC_DISPATCH(Rows64)(block);
}

}  // namespace faltung
#endif
