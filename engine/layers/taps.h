// Which samples meet through which tap: the one relation behind pooling, convolution, its adjoint
// and their gradients.
//
// Along each axis tap j joins output m with input m·stride + j·dilation − before, where that lies
// inside [0, in). A layer reads the relation in one of three directions: from input to output, from
// output to input (the adjoint), or from both to the tap (the kernel's gradient). The last axis
// comes as runs, so the inner loops are plain vector loops.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/nd/geometry.h"

namespace faltung {

// ⌈a / b⌉ and ⌊a / b⌋ for b > 0 and any a; C++ rounds towards 0.
constexpr Index ceil_divide(Index a, Index b) noexcept {
  return a > 0 ? (a - 1) / b + 1 : -(-a / b);
}
constexpr Index floor_divide(Index a, Index b) noexcept { return -ceil_divide(-a, b); }

struct TapAxis {
  Index in = 1;
  Index out = 1;
  Index taps = 1;
  Index stride = 1;
  Index dilation = 1;
  Index before = 0;  // may be negative: the first samples are left out

  Index input(Index m, Index j) const noexcept { return m * stride + j * dilation - before; }

  // Taps of output m that lie inside [low, high) of the input's axis.
  Range taps_inside(Index m, Index low, Index high) const noexcept {
    const Index first = m * stride - before;
    return {std::max<Index>(0, ceil_divide(low - first, dilation)),
            std::min(taps - 1, floor_divide(high - 1 - first, dilation))};
  }

  // Outputs whose tap j lies inside the input.
  Range outputs(Index j) const noexcept {
    const Index first = before - j * dilation;
    return {std::max<Index>(0, ceil_divide(first, stride)),
            std::min(out - 1, floor_divide(in - 1 + first, stride))};
  }
};

using TapAxes = std::vector<TapAxis>;  // one for each spatial axis, at least one

// Outputs out, out + 1, … meet inputs in, in + in_step, … through one tap: places in planes and in
// a kernel, row-major.
struct Run {
  Index out = 0;
  Index in = 0;
  Index tap = 0;
  Index count = 0;
  Index in_step = 1;
};

// Calls body(run) until every pair has been met once. Each output meets its taps in row-major
// order, whatever the extents.
template <class Body>
void for_each_run(const TapAxes& axes, Body&& body, std::size_t axis = 0, Run at = {}) {
  const TapAxis& a = axes[axis];
  const Run base{at.out * a.out, at.in * a.in, at.tap * a.taps, 0, a.stride};
  if (axis + 1 == axes.size()) {
    // The last output reaches the signal with the earliest tap, the first one with the latest.
    const Index last = a.taps_inside(0, 0, a.in).last;
    for (Index j = a.taps_inside(a.out - 1, 0, a.in).first; j <= last; ++j) {
      const Range m = a.outputs(j);
      if (m.first > m.last) continue;
      body(Run{base.out + m.first, base.in + a.input(m.first, j), base.tap + j,
               m.last - m.first + 1, a.stride});
    }
    return;
  }
  for (Index m = 0; m < a.out; ++m) {
    const Range inside = a.taps_inside(m, 0, a.in);
    for (Index j = inside.first; j <= inside.last; ++j) {
      for_each_run(axes, body, axis + 1,
                   Run{base.out + m, base.in + a.input(m, j), base.tap + j, 0, 1});
    }
  }
}

}  // namespace faltung
