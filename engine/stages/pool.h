// Pooling: the largest or the mean sample of a moving window, any rank.
//
// Semantics are PyTorch's and ONNX's: ceil mode drops windows that would begin in the padding after
// the signal; the mean divides by the samples inside the signal, or with count_include_pad inside
// the padded signal, never by what ceil mode hangs over. NaN wins over every number.
#pragma once

#include <vector>

#include "engine/stream/stage.h"

namespace faltung {

struct PoolOptions {
  enum class Kind { max, average };
  Kind kind = Kind::max;
  Shape size;                    // per spatial axis; one entry: all
  Shape stride;                  // the same; empty: size
  std::vector<Padding> padding;  // the same; empty: none; at most half the size
  bool ceil = false;
  bool count_include_pad = true;
};

// Errors (prepare): sizes or strides below 1, padding above half the size, a window that does not
// fit into the padded signal.
StagePtr make_pool(const PoolOptions& options);

}  // namespace faltung
