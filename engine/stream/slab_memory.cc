// The memory of one slab: what stands between two stages.
#include "engine/stream/slab_memory.h"

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

}  // namespace faltung
