// Extents, paddings and receptive fields along one axis: pure functions, no state.
//
// One axis of a correlation reads y[m] = Σ_j x[m·stride + j·dilation − before] · w[j], where x is
// continued outside [0, n) by a boundary. (Dumoulin & Visin 2016, "A guide to convolution
// arithmetic for deep learning".)
#pragma once

#include <numeric>

#include "engine/nd/shape.h"

namespace faltung {

struct Padding {
  Index before = 0;
  Index after = 0;
};

// The kernel's extent with its gaps: dilation·(taps − 1) + 1.
constexpr Index dilated_extent(Index taps, Index dilation) noexcept {
  return dilation * (taps - 1) + 1;
}

// ⌊(n + before + after − e) / stride⌋ + 1, or 0 where the kernel does not fit.
constexpr Index output_extent(Index n, Padding padding, Index e, Index stride) noexcept {
  const Index room = n + padding.before + padding.after - e;
  return room < 0 ? 0 : room / stride + 1;
}

enum class Mode {
  full,
  same,        // for stride 1; centred as scipy.signal does: e/2 before, the rest after
  valid,
  same_upper,  // ⌈n / stride⌉ outputs, an odd remainder after the signal (ONNX, TensorFlow, PyTorch)
  same_lower,  // the same, before it
};

// Where it depends on the extent n and the stride (same_upper, same_lower) both must be given.
constexpr Padding padding_for(Mode mode, Index e, Index n = 1, Index stride = 1) noexcept {
  const Index outputs = (n + stride - 1) / stride;
  const Index room = (outputs - 1) * stride + e - n, total = room > 0 ? room : 0;
  switch (mode) {
    case Mode::full:
      return {e - 1, e - 1};
    case Mode::same:
      return {e / 2, e - 1 - e / 2};
    case Mode::same_upper:
      return {total / 2, total - total / 2};
    case Mode::same_lower:
      return {total - total / 2, total / 2};
    case Mode::valid:
      break;
  }
  return {0, 0};
}

// Input positions [first, last] that outputs [u, v] read; may lie outside the signal.
struct Range {
  Index first = 0;
  Index last = -1;
};
constexpr Range input_range(Index u, Index v, Index before, Index e, Index stride) noexcept {
  return {u * stride - before, v * stride - before + e - 1};
}

// Stacked layers: `extent` input samples decide one output (at most, where layers upsample), `finer`
// outputs lie in `jump` input samples: the effective stride is jump / finer. Output 0 begins at input
// `start` (Araujo, Norris & Sim 2019).
struct ReceptiveField {
  Index extent = 1;
  Index jump = 1;
  Index start = 0;
  Index finer = 1;

  void append(Index e, Index stride, Index before) noexcept { append({e, stride, -before, 1}); }
  void append(const ReceptiveField& next) noexcept {
    extent += inputs(next.extent - 1);
    start -= inputs(-next.start);
    jump *= next.jump;
    finer *= next.finer;
    const Index common = std::gcd(jump, finer);
    jump /= common;
    finer /= common;
  }
  // Input samples from one output to the `outputs`-th after it, rounded up.
  Index inputs(Index outputs) const noexcept {
    const Index span = outputs * jump;
    return span > 0 ? (span + finer - 1) / finer : span / finer;
  }
};

// Extent of a ceil-mode or floor-mode pooling window (PyTorch, ONNX): in ceil mode a window that
// would begin in the padding after the signal is dropped.
Index pool_extent(Index n, Padding padding, Index e, Index stride, bool ceil) noexcept;

}  // namespace faltung
