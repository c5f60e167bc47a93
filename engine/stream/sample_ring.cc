// A ring of frames from one thread to one other: neither waits, and what did not fit is counted.
//
// Both sides go through the channels in order. So the last channel's queue tells how many whole
// frames there are: the producer has filled all others before it, the consumer emptied them.
#include "engine/stream/sample_ring.h"

#include <algorithm>

namespace faltung {
namespace {

constexpr Index kWasteFrames = 256;  // skipped at a time

const Format& checked(const Format& format, Index frames) {
  if (!format.is_series() || format.channels < 1) {
    throw Error(Code::configuration,
                "a ring holds frames of 1 channel or more; given: " + format.text());
  }
  if (frames >= 1) return format;
  throw Error(Code::configuration,
              "a ring of " + std::to_string(frames) + " frames; it takes 1 or more");
}

}  // namespace

SampleRing::SampleRing(const Format& format, Index frames)
    : waste_(checked(format, frames), kWasteFrames),
      sample_bytes_(size_of(format.type)),
      capacity_(frames) {
  for (Index c = 0; c < format.channels; ++c) {
    queues_.push_back(std::make_unique<Queue>(static_cast<std::size_t>(frames * sample_bytes_)));
  }
  for (Index left = frames; left > 0; left -= kWasteFrames) {  // the kernel gives the pages now
    put(waste_.slab().part(0, std::min(left, kWasteFrames)));
  }
  skip(frames);
}

Index SampleRing::room() const noexcept {
  return static_cast<Index>(queues_.back()->room()) / sample_bytes_;
}

Index SampleRing::filled() const noexcept {
  return static_cast<Index>(queues_.back()->filled()) / sample_bytes_;
}

Index SampleRing::put(const Slab& slab) noexcept {
  const Index count = std::min(slab.extent, room());
  for (Index c = 0; c < slab.channels; ++c) {
    queues_[static_cast<std::size_t>(c)]->put(
        static_cast<const char*>(slab.some_channels(c, 1).data),
        static_cast<std::size_t>(count * sample_bytes_));
  }
  if (count < slab.extent) overrun_.fetch_add(slab.extent - count, std::memory_order_relaxed);
  return count;
}

Index SampleRing::take(const Slab& slab) noexcept {
  const Index count = std::min(slab.extent, filled());
  for (Index c = 0; c < slab.channels; ++c) {
    queues_[static_cast<std::size_t>(c)]->take(static_cast<char*>(slab.some_channels(c, 1).data),
                                               static_cast<std::size_t>(count * sample_bytes_));
  }
  if (count < slab.extent) underrun_.fetch_add(slab.extent - count, std::memory_order_relaxed);
  return count;
}

Index SampleRing::skip(Index frames) noexcept {
  const Index count = std::min(frames, filled());
  for (Index done = 0; done < count;) {
    done += take(waste_.slab().part(0, std::min(kWasteFrames, count - done)));
  }
  return count;
}

}  // namespace faltung
