// Padded input positions as the stateless solvers read them, owned by somebody else.
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

// Positions [begin, available) of every channel. A position holds the padded inner axes, row-major;
// with phases the last one lies as that many interleaved phases, each phase_extent long. Every row
// can be read kRowSlack samples beyond its end.
template <class T>
struct PaddedSlab {
  const T* samples = nullptr;  // position `begin` of channel 0
  Index begin = 0, available = 0;
  Index channel_stride = 0;    // samples
  Index position_samples = 0;  // from a position to the next
  Index row_samples = 0;       // from a row of the last inner axis to the next
  Index phase_extent = 0;

  const T* at(Index channel, Index position) const noexcept {
    return samples + channel * channel_stride + (position - begin) * position_samples;
  }
};

}  // namespace faltung
