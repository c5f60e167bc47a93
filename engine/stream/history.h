// The last positions of a stream, written by the audio thread, readable by another.
//
// A new response is warmed up with them off the audio thread, so that it takes over as if it had
// been there all along. Samples are atomic (on today's processors plain loads and stores), no lock
// is held, and a reader finds out whether it was overtaken.
#pragma once

#include <atomic>

#include "engine/nd/array.h"
#include "engine/nd/slab.h"

namespace faltung {

class History {
 public:
  // Positions of at most `max_slab` are written at once; the last `capacity` can be read.
  History(SampleType type, Index channels, Index inner, Index capacity, Index max_slab);

  void write(const Slab& in) noexcept;

  // How many positions have been written since the beginning.
  Index position() const noexcept { return position_.load(std::memory_order_acquire); }
  Index capacity() const noexcept { return capacity_; }

  // Copies positions from `first` on, as many as `to` has. False: some of them are gone.
  bool read(Index first, const Slab& to) const noexcept;

  Index memory_bytes() const noexcept { return memory_.size(); }

 private:
  template <class T, class Move>
  void each_run(Index first, Index extent, Index channel, Move&& move) const noexcept;

  SampleType type_;
  Index channels_, inner_, capacity_, slots_;
  mutable Buffer<char> memory_;
  std::atomic<Index> position_{0};
};

}  // namespace faltung
