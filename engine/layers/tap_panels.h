// What the products of a layer's taps read, packed: kernels, samples and outputs.
#pragma once

#include "engine/layers/phase_grid.h"
#include "engine/layers/tap_sums.h"
#include "engine/nd/array.h"

namespace faltung {

constexpr Index kFewChannels = 16;  // in a group: so few would leave a panel's columns empty

// How many rows of a matrix make a panel: at most what the instruction set takes, all alike.
template <class T>
Index panel_rows(Index rows) noexcept;

// Where element (row, depth, tap) of a group's kernel lies; taps are innermost.
struct WeightLayout {
  Index rows, row_stride, depth, depth_stride, taps;
};

// Rows [first, first + count) of a kernel as row panels, for each tap its own:
// [panel, tap, depth, row of the panel].
template <class T>
void pack_weights(const T* kernel, const WeightLayout& layout, Index first, Index count,
                  Index panel, T* to);

// Samples of some items as column panels: [item, group, phase, panel, place, column]. A column is a
// channel, or where there are few, a channel and a tap of the last axis (`fold` of them); a step is
// a tap of the axes that are left.
template <class T>
class SampleColumns {
 public:
  SampleColumns(const TapLayer& layer, const PhaseGrid& grid, Index items, Workers* workers);
  void take(const View<const T>& in, Index first, Index count);  // at most `items`
  Index fold() const noexcept { return fold_; }
  Index steps() const noexcept { return static_cast<Index>(grid_.taps().size()) / fold_; }
  Index used() const noexcept { return layer_.in_per_group() * fold_; }
  // used(), rounded up to whole panels; and the columns of one, which a place is from the next.
  Index width() const noexcept { return width_; }
  Index panel() const noexcept { return panel_; }
  // What a step reads for outputs from place `output` on: the panel of column `column`.
  const T* at(Index item, Index group, Index step, Index output, Index column) const noexcept {
    const PhaseGrid::Place& place = grid_.taps()[static_cast<std::size_t>(step * fold_)];
    const Index phase = (item * layer_.groups + group) * phases_ + place.phase / folded_phases_;
    return packed_.data() + (phase * width_ + column) * grid_.size() +
           (place.offset + output) * panel_;
  }

 private:
  void take_panel(const View<const T>& in, Index item, Index group, Index first, T* rows,
                  T* phases, T* to) const;

  const TapLayer& layer_;
  const PhaseGrid& grid_;
  Workers* workers_;
  Index fold_ = 1, folded_phases_ = 1, phases_ = 1, width_ = 0, panel_ = 0;
  Buffer<T> packed_;
  std::vector<Buffer<T>> scratch_;
};

// Outputs of some items as row panels over the flat run:
// [item, group, panel, place, row of the panel].
template <class T>
class OutputRows {
 public:
  OutputRows(const TapLayer& layer, const PhaseGrid& grid, Index items, Workers* workers);
  void take(const View<const T>& out, Index first, Index count);  // at most `items`
  Index rows() const noexcept { return panel_rows_; }  // of a panel
  const T* panel(Index item, Index group, Index row) const noexcept {
    return packed_.data() +
           (item * layer_.out_channels + group * layer_.out_per_group() + row) * grid_.outputs();
  }

 private:
  const TapLayer& layer_;
  const PhaseGrid& grid_;
  Workers* workers_;
  Index panel_rows_;
  Buffer<T> packed_;
  std::vector<Buffer<T>> scratch_;
};

}  // namespace faltung
