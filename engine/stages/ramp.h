// A factor that moves to its target in a straight line, and what is multiplied by it.
//
// Positions on the line are computed from its ends, never accumulated: a ramp is the same however
// it is cut into slabs.
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

inline constexpr double kDefaultRampMs = 20;  // no click, and nobody waits for it

class Ramp {
 public:
  void jump(double value) noexcept {
    from_ = to_ = value;
    at_ = length_ = 0;
  }

  // Sets out for `target`, unless it is on its way there already. No frames: jumps.
  void aim(double target, Index frames) noexcept {
    if (target == to_) return;
    from_ = value();
    to_ = target;
    at_ = 0;
    length_ = frames;
  }

  bool resting() const noexcept { return at_ >= length_; }
  double target() const noexcept { return to_; }
  Index left() const noexcept { return length_ - at_; }

  // At the next frame; `target` exactly once it has arrived.
  double value() const noexcept {
    if (resting()) return to_;
    return from_ + (to_ - from_) * (static_cast<double>(at_) / static_cast<double>(length_));
  }
  void step() noexcept { ++at_; }

 private:
  double from_ = 1, to_ = 1;
  Index at_ = 0, length_ = 0;
};

// out[n] = ramp · in[n] for `count` positions of `inner` samples. At rest a plain multiplication.
template <class T>
void multiply(Ramp& ramp, const T* in, T* out, Index count, Index inner) noexcept {
  Index n = 0;
  for (; n < count && !ramp.resting(); ++n, ramp.step()) {
    const T factor = static_cast<T>(ramp.value());
    for (Index i = n * inner; i < (n + 1) * inner; ++i) out[i] = factor * in[i];
  }
  const T factor = static_cast<T>(ramp.target());
  for (Index i = n * inner; i < count * inner; ++i) out[i] = factor * in[i];
}

}  // namespace faltung
