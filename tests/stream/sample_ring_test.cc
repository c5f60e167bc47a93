// The ring of frames: order, counts, and two threads that never agree on a block size.
#include "engine/stream/sample_ring.h"

#include <doctest/doctest.h>

#include <thread>

using namespace faltung;

namespace {

Format format(Index channels, SampleType type = SampleType::float32) {
  Format result;
  result.channels = channels;
  result.rate_hz = 48000;
  result.type = type;
  return result;
}

// Exact in float32, different in every channel.
template <class T>
T value(Index frame, Index channel) {
  return static_cast<T>(frame % 65536 * 64 + channel);
}

template <class T>
void number(const SlabOf<T>& slab, Index first) {
  for (Index c = 0; c < slab.channels; ++c) {
    for (Index n = 0; n < slab.extent; ++n) slab.channel(c)[n] = value<T>(first + n, c);
  }
}

template <class T>
Index wrong(const SlabOf<T>& slab, Index first) {
  Index count = 0;
  for (Index c = 0; c < slab.channels; ++c) {
    for (Index n = 0; n < slab.extent; ++n) count += slab.channel(c)[n] != value<T>(first + n, c);
  }
  return count;
}

}  // namespace

TEST_CASE("sample_ring: what does not fit, or is not there, is counted and left") {
  SampleRing ring(format(2), 10);
  SlabMemory memory(format(2), 8);
  const auto slab = memory.slab().as<float>();
  number(slab, 0);
  CHECK(ring.capacity() == 10);
  CHECK(ring.room() == 10);
  CHECK(ring.put(slab) == 8);
  number(slab, 8);
  CHECK(ring.put(slab) == 2);
  CHECK(ring.overrun() == 6);
  CHECK(ring.filled() == 10);
  CHECK(ring.room() == 0);
  CHECK(ring.skip(3) == 3);
  CHECK(ring.take(memory.slab().part(0, 5)) == 5);
  CHECK(wrong(SlabOf<float>{slab.data, 2, 5, 1, slab.channel_stride}, 3) == 0);
  CHECK(ring.underrun() == 0);
  slab.channel(1)[2] = -1;
  CHECK(ring.take(memory.slab()) == 2);
  CHECK(slab.channel(1)[2] == -1);
  CHECK(ring.underrun() == 6);
  CHECK(ring.skip(1) == 0);
  CHECK(ring.filled() == 0);
}

TEST_CASE("sample_ring: refuses to be empty") {
  CHECK_THROWS_AS(SampleRing(format(2), 0), Error);
  CHECK_THROWS_AS(SampleRing(format(0), 10), Error);
}

TEST_CASE("sample_ring: between two threads every frame of every channel arrives once, in order") {
  constexpr Index kFrames = 200000;
  for (const SampleType type : {SampleType::float32, SampleType::float64}) {
    for (const Index channels : {1, 2, 64}) {
      CAPTURE(channels);
      SampleRing ring(format(channels, type), 1000);
      std::thread producer([&] {
        SlabMemory memory(format(channels, type), 441);
        for (Index done = 0; done < kFrames;) {
          const Slab slab = memory.slab().part(0, std::min<Index>(1 + done % 441, kFrames - done));
          with_sample_type(type, [&]<class T>() { number(slab.as<T>(), done); });
          done += ring.put(slab);
          if (ring.room() < 441) std::this_thread::yield();
        }
      });
      SlabMemory memory(format(channels, type), 128);
      Index mistakes = 0;
      for (Index done = 0; done < kFrames;) {
        const Index got = ring.take(memory.slab().part(0, 1 + done % 128));
        const Slab slab = memory.slab().part(0, got);
        with_sample_type(type, [&]<class T>() { mistakes += wrong(slab.as<T>(), done); });
        done += got;
        if (got == 0) std::this_thread::yield();
      }
      producer.join();
      CHECK(mistakes == 0);
      CHECK(ring.filled() == 0);
    }
  }
}
