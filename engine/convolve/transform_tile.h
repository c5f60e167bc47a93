// Between a window of padded input, a transform's samples and the output: what overlap-save copies.
#pragma once

#include <algorithm>

#include "engine/convolve/problem.h"
#include "engine/convolve/padded_lines.h"
#include "engine/convolve/padded_slab.h"

namespace faltung {

// A transform of extents `f` holds a tile of output extents `tile` along the inner axes, and any
// number of positions along the stream axis.
template <class T>
class TransformTile {
 public:
  TransformTile() = default;
  TransformTile(const Problem& p, const Shape& f)
      : f_(f), stride_(p.stride), out_inner_(p.output_inner()), padded_inner_(p.padded_inner()) {
    for (int axis = 0; axis < p.rank(); ++axis) {
      dilated_.push_back(p.dilated(axis));
      tile_.push_back((f[axis] - p.dilated(axis)) / stride_[axis] + 1);
    }
    bias_ = Buffer<T>(p.out_channels);
    for (std::size_t o = 0; o < p.bias.size(); ++o) {
      bias_[static_cast<Index>(o)] = static_cast<T>(p.bias[o]);
    }
  }

  const Shape& tile() const noexcept { return tile_; }
  Index position_samples() const noexcept { return f_.product() / f_[0]; }

  // Tiles along all inner axes, and where one of them begins.
  Index tiles_across() const noexcept;
  Shape inner_origin(Index number) const noexcept;

  // Padded positions [position, position + rows) to `to`; zeros outside of [begin, end) and beyond
  // the padded extents: what happens to be there must not change the tile's rounding.
  void gather(const PaddedLines<T>& lines, Index c, Index position, Index rows, Index begin,
              Index end, const Shape& origin, T* to) const noexcept;
  void gather(const PaddedSlab<T>& window, Index c, Index position, Index rows, Index begin,
              Index end, const Shape& origin, T* to) const noexcept;

  // Output positions [position, position + rows) of channel `o`; `from` is the transform's row that
  // holds the first of them, the others follow `step` rows apart.
  void scatter(const T* from, Index step, const SlabOf<T>& out, Index o, Index position, Index rows,
               const Shape& origin) const noexcept;

 private:
  Index source_row(Index r, const Shape& origin) const noexcept;

  Shape f_, stride_, out_inner_, padded_inner_, dilated_, tile_;
  Buffer<T> bias_;
};

}  // namespace faltung
