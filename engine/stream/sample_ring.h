// A ring of frames from one thread to one other: neither waits, and what did not fit is counted.
//
//   device ──put──▶ [ · · · x x x x · · ] ──take──▶ disk, another device
//
// Any number of frames at a time, of any number of channels. Both sides are wait-free: they only
// copy, and touch memory that the constructor has touched. Single producer, single consumer.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "engine/stream/format.h"
#include "engine/stream/handover.h"
#include "engine/stream/slab_memory.h"

namespace faltung {

class SampleRing {
 public:
  // Of a series' channels and sample type. Throws Error{configuration} unless `frames` is positive
  // and the format a series.
  SampleRing(const Format& format, Index frames);

  Index capacity() const noexcept { return capacity_; }

  // The producer's. Puts the front of the slab, as much as there is room for, and returns how many
  // frames; the others are an overrun. The slab is of the ring's channels and sample type.
  Index put(const Slab& slab) noexcept;
  Index room() const noexcept;

  // The consumer's. Fills the front of the slab, as far as there are frames, and returns how many;
  // the others are an underrun, and left as they are.
  Index take(const Slab& slab) noexcept;
  Index skip(Index frames) noexcept;  // takes and forgets up to so many; no underrun

  // Either's: at least for the consumer, at most for the producer.
  Index filled() const noexcept;

  // Any thread's. Frames since the ring was made.
  Index overrun() const noexcept { return overrun_.load(std::memory_order_relaxed); }
  Index underrun() const noexcept { return underrun_.load(std::memory_order_relaxed); }

 private:
  using Queue = Handover<char>;

  std::vector<std::unique_ptr<Queue>> queues_;  // one a channel; the last one moves last
  SlabMemory waste_;                            // for what is skipped
  Index sample_bytes_;
  Index capacity_;
  std::atomic<Index> overrun_{0}, underrun_{0};
};

}  // namespace faltung
