// The moving window of a pooling layer: extents, edges and refusals, the same for every kind.
#pragma once

#include <optional>

#include "engine/layers/taps.h"

namespace faltung {

// Semantics are PyTorch's and ONNX's. In ceil mode the last window may hang over the padded signal,
// but a window that would begin in the padding after the signal is dropped.
struct PoolWindow {
  Shape size;                    // taps for each spatial axis; one entry: all axes
  Shape stride = {};             // the same; empty: size
  Shape dilation = {};           // the same; empty: 1
  std::vector<Padding> padding = {};  // the same; empty: none
  bool ceil = false;
};

// What a mean divides by.
struct PoolDivisor {
  bool count_include_pad = true;  // taps in the padding count; what ceil mode hangs over never does
  std::optional<Index> fixed = {};  // replaces the count (PyTorch: divisor_override); not 0
};

// The window that covers everything: global pooling.
PoolWindow global_window(const Shape& in);

// `in` is [item, channel, axis…]. Throw Error{configuration} where an option has the wrong number
// of entries, a size, stride or dilation is below 1, a padding is below 0 or reaches the window's
// extent, the window does not fit, or a window would hold no sample of the signal, where a maximum
// or a mean has no value.
TapAxes pool_axes(const Shape& in, const PoolWindow& window);
Shape pool_extents(const Shape& in, const PoolWindow& window);  // [item, channel, axis…]

// 1 / divisor for every output of one plane.
std::vector<double> pool_weights(const TapAxes& axes, const PoolWindow& window,
                                 const PoolDivisor& divisor);

}  // namespace faltung
