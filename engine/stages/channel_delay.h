// One channel, delayed by a whole number of positions.
#pragma once

#include <algorithm>

#include "engine/stream/slab_memory.h"

namespace faltung {

class ChannelDelay {
 public:
  // `format` tells type and inner extents; its channels do not matter.
  ChannelDelay(Format format, Index positions) : positions_(positions) {
    format.channels = 1;
    past_ = SlabMemory(format, std::max(positions, Index{1}));
  }

  // Slabs of one channel and equal extent that do not overlap.
  void process(const Slab& in, const Slab& out) noexcept {
    if (positions_ == 0) copy_positions(in, out);
    for (Index done = 0; positions_ > 0 && done < in.extent;) {
      const Index count = std::min(in.extent - done, positions_ - at_);
      const Slab past = past_.slab().part(at_, count);
      copy_positions(past, out.part(done, count));
      copy_positions(in.part(done, count), past);
      at_ = (at_ + count) % positions_;
      done += count;
    }
  }

  void reset() noexcept {
    past_.clear();
    at_ = 0;
  }

  Index positions() const noexcept { return positions_; }
  Index bytes() const noexcept { return past_.bytes(); }

 private:
  Index positions_;
  SlabMemory past_;
  Index at_ = 0;  // the oldest position in past_
};

}  // namespace faltung
