// The last positions of every input, where blocks of a power of two lie in one piece.
//
// Position p of an input lies at p modulo capacity(). The samples before a position can be read in
// one piece too, as far as `guard` reaches back: the end of the ring is repeated before its
// beginning.
#pragma once

#include <algorithm>
#include <bit>

#include "engine/nd/array.h"

namespace faltung {

template <class T>
class InputRing {
 public:
  InputRing() = default;
  InputRing(Index inputs, Index capacity, Index guard, Index slack)
      : capacity_(static_cast<Index>(std::bit_ceil(static_cast<std::uint64_t>(capacity)))),
        guard_((std::min(guard, capacity_) + 15) / 16 * 16),
        stride_(guard_ + capacity_ + (slack + 15) / 16 * 16),
        memory_(checked_product({inputs, stride_})) {}

  Index capacity() const noexcept { return capacity_; }

  // Valid up to the next multiple of any power of two that divides the capacity.
  const T* at(Index input, Index position) const noexcept {
    return memory_.data() + input * stride_ + guard_ + (position & (capacity_ - 1));
  }

  // `count` samples from `position` on, within one piece.
  template <class From>
  void write(Index input, Index position, const From* from, Index count) noexcept {
    const Index index = position & (capacity_ - 1);
    T* ring = memory_.data() + input * stride_ + guard_;
    std::transform(from, from + count, ring + index, [](From x) { return static_cast<T>(x); });
    repeat(ring, index, count);
  }

  // Zeros instead.
  void write_silence(Index input, Index position, Index count) noexcept {
    const Index index = position & (capacity_ - 1);
    T* ring = memory_.data() + input * stride_ + guard_;
    std::fill_n(ring + index, count, T(0));
    repeat(ring, index, count);
  }

  void clear() noexcept { memory_.clear(); }
  Index samples() const noexcept { return memory_.size(); }

 private:
  void repeat(T* ring, Index index, Index count) const noexcept {
    const Index from = std::max(index, capacity_ - guard_);
    if (index + count > from) std::copy(ring + from, ring + index + count, ring + from - capacity_);
  }

  Index capacity_ = 1, guard_ = 0, stride_ = 0;
  Buffer<T> memory_;
};

}  // namespace faltung
