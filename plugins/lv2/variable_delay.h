// A delay in whole frames that may change while sound runs: the old and the new one cross-fade.
#pragma once

#include "engine/stream/slab_memory.h"

namespace faltung::lv2 {

class VariableDelay {
 public:
  // For delays up to `longest` frames; `fade` frames long is a change.
  VariableDelay(const Format& format, Index longest, Index fade);

  Index longest() const noexcept { return longest_; }

  // --- the audio thread's ---
  // 0 to `longest`. A change during a fade waits for its end.
  void aim(Index frames) noexcept { wanted_ = frames; }
  // In place, float32. A delay of 0 leaves every bit as it is.
  void process(const Slab& slab) noexcept;
  // Silence was before; the delay is what was asked for last.
  void reset() noexcept;

 private:
  float delayed(const float* ring, Index delay, Index n) const noexcept;

  Index longest_, fade_;
  Index now_ = 0, next_ = 0, wanted_ = 0;
  Index faded_ = 0;     // frames of the fade from now_ to next_
  Index position_ = 0;  // in the ring, of the next frame
  SlabMemory ring_;
};

}  // namespace faltung::lv2
