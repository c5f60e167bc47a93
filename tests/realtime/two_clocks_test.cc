// Real-time safety of what joins threads and devices: rings, and the resampler between two clocks.
#include "engine/stream/two_clocks.h"

#include <doctest/doctest.h>

#include "tests/realtime/guard.h"

using namespace faltung;
using namespace faltung::realtime;

namespace {

constexpr Index kBlock = 200;

Format format(Index channels) {
  Format result;
  result.channels = channels;
  result.max_slab = kBlock;
  return result;
}

void check_clean(const Guard& guard) {
  CHECK_MESSAGE(guard.violations().none(), guard.violations().text());
}

// Starts, runs, runs dry and full, and starts anew; `watch` is given every call.
template <class Watch>
void use(TwoClocks& clocks, Index channels, double seconds, Watch&& watch) {
  SlabMemory in(format(channels), kBlock), out(format(channels), kBlock);
  for (int n = 0; n * kBlock < seconds * 48000; ++n) {
    const double time_s = static_cast<double>(n * kBlock) / 48000;
    const int phase = n / 300 % 4;  // both, the capture alone, both, the playback alone
    if (phase != 3) watch([&] { clocks.put(in.slab(), time_s); });
    if (phase != 1) watch([&] { clocks.take(out.slab(), time_s); });
  }
}

}  // namespace

TEST_CASE("realtime: a ring is safe from its first frame on, also full and empty") {
  for (const Index channels : {1, 64}) {
    SampleRing ring(format(channels), 40000);
    SlabMemory memory(format(channels), kBlock);
    Guard guard;
    for (int n = 0; n < 300; ++n) guard.watch([&] { ring.put(memory.slab()); });
    for (int n = 0; n < 300; ++n) guard.watch([&] { ring.take(memory.slab()); });
    guard.watch([&] { ring.skip(10); });
    CHECK(ring.overrun() == 20000);
    CHECK(ring.underrun() == 20000);
    check_clean(guard);
  }
}

TEST_CASE("realtime: two clocks are safe on both sides, through stalls and new starts") {
  for (const auto quality : {ConverterQuality::fastest, ConverterQuality::medium}) {
    for (const Index channels : {1, 2, 64}) {
      CAPTURE(channels);
      TwoClocksOptions options;
      options.channels = channels;
      options.capture_block = options.playback_block = kBlock;
      options.quality = quality;
      const double seconds = channels == 64 ? 6 : 12;
      TwoClocks rehearsal(options);
      use(rehearsal, channels, seconds, [](auto&& body) { body(); });
      TwoClocks clocks(options);
      Guard guard;
      use(clocks, channels, seconds, [&](auto&& body) { guard.watch(body); });
      CHECK(clocks.restarts() > 0);
      CHECK(clocks.underrun() > 0);
      CHECK(clocks.overrun() > 0);
      check_clean(guard);
    }
  }
}
