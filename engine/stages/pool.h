// Pooling: the largest or the mean sample of a moving window, or its p-norm, any rank.
//
// Semantics are PyTorch's and ONNX's: ceil mode drops windows that would begin in the padding after
// the signal; the mean divides by the samples inside the signal, or with count_include_pad inside
// the padded signal, never by what ceil mode hangs over. NaN wins over every number.
#pragma once

#include <vector>

#include "engine/stream/stage.h"

namespace faltung {

struct PoolOptions {
  enum class Kind { max, average, lp };
  Kind kind = Kind::max;
  Shape size;                    // per spatial axis; one entry: all
  Shape stride;                  // the same; empty: size
  std::vector<Padding> padding;  // the same; empty: none; at most half the window
  bool ceil = false;
  bool count_include_pad = true;
  Shape dilation = {};  // per spatial axis; one entry: all; empty: 1
  double power = 2;     // of lp: (Σ |x|^p)^(1/p); at least 1
};

// Errors (prepare): sizes, strides or dilations below 1, padding above half the window, a window
// that does not fit into the padded signal.
StagePtr make_pool(const PoolOptions& options);

// The window that covers everything: one sample for each channel, given by finish. Only `kind` and
// `power` are read; nothing is kept but one number a channel, whatever the signal's length.
StagePtr make_global_pool(const PoolOptions& options);

}  // namespace faltung
