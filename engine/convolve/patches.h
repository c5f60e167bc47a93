// The patches of input that outputs read, packed as panels of a matrix: im2col, a panel at a time.
//
// An output of a layer is the product of a row of weights with a column of input samples, its
// patch (Chellapilla, Puri & Simard 2006). Outputs are numbered in row-major order along all axes;
// depth k of a patch is tap k % taps of the channel number k / taps that it reads. Only as many
// patches as stay in cache are ever copied.
#pragma once

#include <vector>

#include "engine/convolve/problem.h"
#include "engine/simd/copy_runs.h"

namespace faltung {

// Where the outputs of a layer find their samples within a channel.
class PatchLayout {
 public:
  static constexpr Index kStrip = 256;  // outputs packed at once: 256 kB at depth 256

  // A panel is [depth][width]; the last one, where it is `ragged`, as narrow as its outputs.
  struct Panels {
    Index width;
    bool ragged;
    // Of panels that lie one after the other: not a power of two, which caches dislike, and room
    // for what copies leave past the end.
    Index stride(Index depth) const noexcept { return width * depth + kRowSlack; }
  };

  // In a Window that stores the last axis in as many phases as its stride (series: as it is).
  static PatchLayout of_window(const Problem& problem);
  // In a whole input, row-major and read without padding.
  static PatchLayout of_input(const Problem& problem);

  Index taps() const noexcept { return static_cast<Index>(taps_.size()); }
  // Whether the outputs read consecutive samples, one each: patches are the input as it is.
  bool plain() const noexcept { return axes_.size() == 1 && axes_[0].step == 1 && taps() == 1; }

  // Channels of a signal: number c of those that patches read begins at origin + channels[c] ·
  // channel_stride, with tap 0 of output 0.
  template <class T>
  struct Source {
    const T* origin;
    Index channel_stride;
    const Index* channels;
  };

  // Depths [first_depth, first_depth + depth) of outputs [first, first + count), kStrip at most, as
  // panels of `width` outputs that lie panel_stride(width, depth) apart.
  template <class T>
  void pack(const Source<T>& source, Index first, Index count, Index first_depth, Index depth,
            const Panels& panels, T* to) const noexcept;

 private:
  struct Axis {
    Index extent;  // outputs; of the first axis without meaning: it has no end
    Index step;    // samples from one to the next
  };
  PatchLayout(const Problem& problem, const Shape& steps,
              const std::vector<std::vector<Index>>& taps, Slack slack);
  int find_runs(Index first, Index count, SampleRun* runs) const noexcept;

  std::vector<Axis> axes_;   // neighbours whose outputs follow each other evenly are one axis
  std::vector<Index> taps_;  // offset of each tap
  Slack slack_;
};

}  // namespace faltung
