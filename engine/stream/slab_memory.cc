// The memory of one slab: what stands between two stages.
#include "engine/stream/slab_memory.h"

#include <algorithm>
#include <cstring>

namespace faltung {

void copy_positions(const Slab& from, const Slab& to) noexcept {
  const Index bytes = from.extent * from.inner * size_of(from.type);
  if (bytes == 0) return;
  for (Index c = 0; c < from.channels; ++c) {
    std::memmove(to.some_channels(c, 1).data, from.some_channels(c, 1).data,
                 static_cast<std::size_t>(bytes));
  }
}

void convert_positions(const Slab& from, const Slab& to) noexcept {
  if (from.type == to.type) return copy_positions(from, to);
  with_sample_type(from.type, [&]<class From>() {
    with_sample_type(to.type, [&]<class To>() {
      for (Index c = 0; c < from.channels; ++c) {
        const From* source = from.as<const From>().channel(c);
        std::transform(source, source + from.extent * from.inner, to.as<To>().channel(c),
                       [](From x) { return static_cast<To>(x); });
      }
    });
  });
}

}  // namespace faltung
