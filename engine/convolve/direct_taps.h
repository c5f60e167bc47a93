// A kernel's taps in the order in which direct convolution reads them.
#pragma once

#include <vector>

#include "engine/convolve/problem.h"
#include "engine/nd/array.h"

namespace faltung {

// Output channels computed together: they read the same input channels.
struct OutputGroup {
  Index first_out = 0;
  Index outs = 1;  // 1, 2, 4 or 8
  Index first_plane = 0, planes = 0;
};

// A row plane (engine/simd/accumulate_rows.h) before the window's addresses are known.
struct TapPlane {
  Index in = 0;              // channel
  Index outer_offset = 0;    // samples: kernel position along the outer inner axes
  Index outer_position = 0;  // stream positions: kernel position along the stream axis
  Index phase = 0;           // of the samples along the last axis
  Index offset = 0;          // of the first tap within its phase
  Index weight = 0;          // index of its first weight
  Index taps = 0;
};

// With stride s and dilation d along the last axis, tap k reads phase (k·d) mod s of the samples;
// within a phase the taps lie d / gcd(s, d) apart.
template <class T>
struct DirectTaps {
  // `inner_strides` are those of a padded input position, in samples.
  DirectTaps(const Problem& problem, const Shape& inner_strides);

  std::vector<OutputGroup> groups;
  std::vector<TapPlane> planes;  // by group, input channel, outer kernel position, phase
  Buffer<T> weights;             // by plane, kernel row, tap, output of the group
  Index step = 1;                // samples between taps within a phase
  Index most_planes = 1;         // of a group

  // Of each thread, which must not write to a line of the cache that another one reads.
  Index scratch_planes() const noexcept { return most_planes + 8; }
  Index memory_bytes() const noexcept {
    return weights.size() * static_cast<Index>(sizeof(T)) +
           static_cast<Index>(planes.size() * sizeof(TapPlane));
  }
};

}  // namespace faltung
