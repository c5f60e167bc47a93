// A delay in whole frames that may change while sound runs.
#include "plugins/lv2/variable_delay.h"

#include <algorithm>

namespace faltung::lv2 {

VariableDelay::VariableDelay(const Format& format, Index longest, Index fade)
    : longest_(longest), fade_(fade), ring_(format, longest + format.max_slab) {
  ring_.clear();
}

// `n` counts from the slab's first frame, whose place is position_.
float VariableDelay::delayed(const float* ring, Index delay, Index n) const noexcept {
  const Index size = ring_.slab().extent;
  const Index at = position_ + n - delay;
  return ring[at < 0 ? at + size : at < size ? at : at - size];
}

void VariableDelay::process(const Slab& slab) noexcept {
  const Index size = ring_.slab().extent;
  const Index count = slab.extent;
  if (now_ == next_ && wanted_ != now_) {
    next_ = wanted_;
    faded_ = 0;
  }
  const Index fading = now_ == next_ ? 0 : std::min(count, fade_ - faded_);
  for (Index c = 0; c < slab.channels; ++c) {
    float* x = slab.as<float>().channel(c);
    float* ring = ring_.slab().as<float>().channel(c);
    const Index first = std::min(count, size - position_);
    std::copy_n(x, first, ring + position_);
    std::copy_n(x + first, count - first, ring);
    for (Index n = 0; n < fading; ++n) {
      const float w = static_cast<float>(faded_ + n + 1) / static_cast<float>(fade_ + 1);
      const float before = delayed(ring, now_, n);
      x[n] = before + w * (delayed(ring, next_, n) - before);
    }
    for (Index n = fading; next_ > 0 && n < count; ++n) x[n] = delayed(ring, next_, n);
  }
  faded_ += fading;
  if (faded_ >= fade_) now_ = next_;
  position_ = (position_ + count) % size;
}

void VariableDelay::reset() noexcept {
  ring_.clear();
  now_ = next_ = wanted_;
  faded_ = 0;
}

}  // namespace faltung::lv2
