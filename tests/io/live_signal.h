// What tests of recording and playing put in: frames that tell which one they are.
#pragma once

#include "engine/stream/slab_memory.h"
#include "tests/io/files.h"

namespace faltung::io_test {

constexpr double kLiveRate_hz = 48000;
constexpr Index kLiveBlock = 480;

inline Format live_format(Index channels) {
  Format format;
  format.channels = channels;
  format.rate_hz = kLiveRate_hz;
  format.max_slab = kLiveBlock;
  return format;
}

// Multiples of 2^-15 that 16 bits hold, never 0, different for neighbours in time and channel.
inline double live_value(Index frame, Index channel) {
  return static_cast<double>((frame * 7 + channel * 3) % 32003 + 1) / 32768;
}

inline void fill_live(const Slab& slab, Index first) {
  const auto x = slab.as<float>();
  for (Index c = 0; c < x.channels; ++c) {
    for (Index n = 0; n < x.extent; ++n) {
      x.channel(c)[n] = static_cast<float>(live_value(first + n, c));
    }
  }
}

// Frames [first, first + count) of a loaded signal that are not what was put in.
inline Index wrong_frames(const Signal& signal, Index first, Index count) {
  Index wrong = 0;
  for (Index n = first; n < first + count; ++n) {
    bool good = n < signal.extent();
    for (Index c = 0; good && c < signal.format.channels; ++c) {
      good = signal.samples[static_cast<std::size_t>(c * signal.extent() + n)] == live_value(n, c);
    }
    if (!good) ++wrong;
  }
  return wrong;
}

}  // namespace faltung::io_test
