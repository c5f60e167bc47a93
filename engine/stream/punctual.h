// A stage that gives exactly as much as it takes: what it looks ahead becomes a delay.
//
// Live, as many frames must leave as come in. A prepared live stage of rate 1 owes at most its
// latency; so many zeros come first, and from then on everything is there in time.
#pragma once

#include "engine/convolve/streaming.h"
#include "engine/stream/slab_memory.h"
#include "engine/stream/stage.h"

namespace faltung {

class Punctual final : public Streaming {
 public:
  // `stage` has been prepared for `in` (live, Setting::any_length) and gave `out`.
  // Throws Error{configuration} where it gives more or fewer positions than it takes.
  Punctual(StagePtr stage, const Format& in, const Format& out);

  Index delay() const noexcept { return delay_; }

  Index process(const Slab& in, const Slab& out) noexcept override;  // in.extent
  Index finish(const Slab&) noexcept override { return 0; }          // a live stream has no end
  void reset() noexcept override;
  Index max_output() const noexcept override { return max_slab_; }
  Index held_back() const noexcept override { return 0; }
  Index memory_bytes() const noexcept override { return room_.bytes() + queue_.bytes(); }

 private:
  void push(Slab given) noexcept;
  void pop(Slab out) noexcept;

  StagePtr stage_;
  Index delay_, max_slab_;
  SlabMemory room_, queue_;       // empty without delay
  Index first_ = 0, waiting_ = 0;  // in the queue, a ring
};

}  // namespace faltung
