// The last positions of a stream, written by the audio thread, readable by another.
#include "engine/stream/history.h"

#include <algorithm>

namespace faltung {

History::History(SampleType type, Index channels, Index inner, Index capacity, Index max_slab)
    : type_(type),
      channels_(channels),
      inner_(inner),
      capacity_(capacity),
      slots_(capacity + 2 * max_slab),  // what is being written, and some air
      memory_(checked_product({channels, slots_, inner, size_of(type)})) {}

// Calls move(sample in the ring, number of the sample) for positions [first, first + extent).
template <class T, class Move>
void History::each_run(Index first, Index extent, Index channel, Move&& move) const noexcept {
  T* ring = reinterpret_cast<T*>(memory_.data()) + channel * slots_ * inner_;
  for (Index done = 0; done < extent;) {
    const Index slot = (first + done) % slots_;
    const Index count = std::min(extent - done, slots_ - slot);
    for (Index i = 0; i < count * inner_; ++i) move(ring[slot * inner_ + i], done * inner_ + i);
    done += count;
  }
}

void History::write(const Slab& in) noexcept {
  const Index position = position_.load(std::memory_order_relaxed);
  with_sample_type(type_, [&]<class T>() {
    for (Index c = 0; c < channels_; ++c) {
      const T* from = in.as<const T>().channel(c);
      each_run<T>(position, in.extent, c, [from](T& sample, Index i) {
        std::atomic_ref<T>(sample).store(from[i], std::memory_order_release);
      });
    }
  });
  position_.store(position + in.extent, std::memory_order_release);
}

bool History::read(Index first, const Slab& to) const noexcept {
  with_sample_type(type_, [&]<class T>() {
    for (Index c = 0; c < channels_; ++c) {
      T* out = to.as<T>().channel(c);
      each_run<T>(first, to.extent, c, [out](T& sample, Index i) {
        out[i] = std::atomic_ref<T>(sample).load(std::memory_order_acquire);
      });
    }
  });
  return first >= 0 && position() <= first + capacity_;
}

}  // namespace faltung
