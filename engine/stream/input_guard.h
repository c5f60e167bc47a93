// Keeps NaN and infinity out of a live stream: what they touch would ring on, or never end.
#pragma once

#include <atomic>
#include <limits>

#include "engine/nd/slab.h"
#include "engine/stream/format.h"
#include "engine/stream/slab_memory.h"

namespace faltung {

// A channel's slab with a sample that is not finite, or not in `arithmetic`, is replaced by silence,
// and counted.
class InputGuard {
 public:
  InputGuard(const Format& format, SampleType arithmetic)
      : memory_(format, format.max_slab),
        largest_(arithmetic == SampleType::float32 ? std::numeric_limits<float>::max()
                                                   : std::numeric_limits<double>::max()) {}

  // `in` itself, or a copy that is valid until the next call.
  Slab admit(const Slab& in) noexcept;

  // Slabs of a channel that were muted. Any thread may ask.
  Index muted() const noexcept { return muted_.load(std::memory_order_relaxed); }

 private:
  SlabMemory memory_;
  double largest_;
  std::atomic<Index> muted_{0};
};

}  // namespace faltung
