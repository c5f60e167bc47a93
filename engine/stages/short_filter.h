// Short responses applied to one channel of a series, several of them to the same input.
//
// They are causal and of one extent. No planner: for what is always a few dozen taps.
#pragma once

#include <vector>

#include "engine/stream/slab_memory.h"

namespace faltung {

class ShortFilter {
 public:
  // `in` tells the sample type and the longest slab. At least one response, none empty.
  ShortFilter(const Format& in, const std::vector<std::vector<double>>& responses);

  // The next input: a slab of one channel.
  void take(const Slab& in) noexcept;
  // out[n] = Σ_k response[k] · in[n − k], for the positions taken last. A slab of one channel.
  void give(Index response, const Slab& out) const noexcept;
  void reset() noexcept { row_.clear(); }

  Index bytes() const noexcept { return row_.bytes() + weights_.bytes(); }

 private:
  Index taps_;
  Index taken_ = 0;  // positions taken last, behind taps_ − 1 older ones
  SlabMemory row_;
  SlabMemory weights_;  // [response, taps], reversed
};

}  // namespace faltung
