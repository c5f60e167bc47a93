// Extents, paddings and receptive fields along one axis: pure functions, no state.
//
// One axis of a correlation reads y[m] = Σ_j x[m·stride + j·dilation − before] · w[j], where x is
// continued outside [0, n) by a boundary. (Dumoulin & Visin 2016, "A guide to convolution
// arithmetic for deep learning".)
#pragma once

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

enum class Mode { full, same, valid };

// Padding for stride 1; `same` is centred as scipy.signal does: e/2 before, the rest after.
constexpr Padding padding_for(Mode mode, Index e) noexcept {
  switch (mode) {
    case Mode::full:
      return {e - 1, e - 1};
    case Mode::same:
      return {e / 2, e - 1 - e / 2};
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

// Stacked layers: `extent` input samples decide one output, `jump` input samples lie between
// outputs, output 0 begins at input `start` (Araujo, Norris & Sim 2019).
struct ReceptiveField {
  Index extent = 1;
  Index jump = 1;
  Index start = 0;
  void append(Index e, Index stride, Index before) noexcept {
    extent += (e - 1) * jump;
    start -= before * jump;
    jump *= stride;
  }
};

// Extent of a ceil-mode or floor-mode pooling window (PyTorch, ONNX): in ceil mode a window that
// would begin in the padding after the signal is dropped.
Index pool_extent(Index n, Padding padding, Index e, Index stride, bool ceil) noexcept;

}  // namespace faltung
