// From one signal to another with equal gain.
#include "engine/stream/crossfade.h"

#include <algorithm>

namespace faltung {

void crossfade(const Slab& out, const Slab& next, Index first, Index length) noexcept {
  with_sample_type(out.type, [&]<class T>() {
    const T step = static_cast<T>(1.0 / static_cast<double>(length + 1));
    for (Index c = 0; c < out.channels; ++c) {
      for (Index n = 0; n < out.extent; ++n) {
        const T weight = static_cast<T>(std::min(first + n, length) + 1) * step;
        T* to = out.as<T>().at(c, n);
        const T* from = next.as<const T>().at(c, n);
        const bool over = first + n >= length;
        for (Index i = 0; i < out.inner; ++i) {
          to[i] = over ? from[i] : to[i] + weight * (from[i] - to[i]);
        }
      }
    }
  });
}

void silence(const Slab& slab, Index first, Index end) noexcept {
  with_sample_type(slab.type, [&]<class T>() {
    for (Index c = 0; c < slab.channels; ++c) {
      if (first < end) std::fill(slab.as<T>().at(c, first), slab.as<T>().at(c, end), T(0));
    }
  });
}

}  // namespace faltung
