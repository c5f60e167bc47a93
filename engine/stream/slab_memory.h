// The memory of one slab: what stands between two stages.
#pragma once

#include "engine/nd/array.h"
#include "engine/stream/format.h"

namespace faltung {

class SlabMemory {
 public:
  SlabMemory() = default;
  SlabMemory(const Format& format, Index extent)
      : memory_(slab_samples(format, extent) * size_of(format.type)) {
    slab_.type = format.type;
    slab_.data = memory_.data();
    slab_.channels = format.channels;
    slab_.extent = extent;
    slab_.inner = format.inner_size();
    slab_.channel_stride = extent * slab_.inner;
  }

  const Slab& slab() const noexcept { return slab_; }
  Index bytes() const noexcept { return memory_.size(); }
  void clear() noexcept { memory_.clear(); }

 private:
  Buffer<char> memory_;
  Slab slab_;
};

// Copies between slabs of one type, as many positions and channels as `from` has.
void copy_positions(const Slab& from, const Slab& to) noexcept;

// The same between slabs of any types.
void convert_positions(const Slab& from, const Slab& to) noexcept;

}  // namespace faltung
