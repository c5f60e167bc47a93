// oneDNN as a peer of `bench layers`.
#pragma once

#include <memory>

#include "apps/faltung/bench/layer_case.h"

namespace faltung {

// A layer forwards, prepared once for a number of threads: the kernel lies as oneDNN wants it.
class OneDnnLayer {
 public:
  // What the convolution itself reads and writes.
  enum class Layout {
    plain,  // [item, channel, row, column]: nothing has to be moved
    own     // what oneDNN likes best; every call brings input and output into it and back
  };

  virtual ~OneDnnLayer() = default;
  virtual void run(const Array<float>& in, Array<float>& out) = 0;
};

bool has_onednn();

// Null where this program was built without it. Throws Error{failure} where it refuses.
std::unique_ptr<OneDnnLayer> make_onednn_layer(const LayerCase& layer, const Array<float>& weight,
                                               OneDnnLayer::Layout layout, int threads);

}  // namespace faltung
