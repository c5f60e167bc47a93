// What the products of a layer's taps read, packed: kernels, samples and outputs.
#pragma once

#include "engine/layers/phase_grid.h"
#include "engine/layers/tap_sums.h"
#include "engine/nd/array.h"

namespace faltung {

// Where element (group, row, depth, tap) of a kernel lies: tap is always the innermost.
struct WeightLayout {
  Index groups, rows, row_stride, depth, depth_stride, group_stride, taps;
};

// A kernel's channels as row panels, for each tap its own.
template <class T>
class WeightPanels {
 public:
  WeightPanels(const T* kernel, const WeightLayout& layout, Workers* workers);
  Index rows() const noexcept { return layout_.rows; }
  Index depth() const noexcept { return layout_.depth; }
  Index panel_rows() const noexcept { return panel_rows_; }
  // The panel that begins at `row`, a multiple of panel_rows().
  const T* panel(Index group, Index row, Index tap) const noexcept {
    const Index mine = std::min(panel_rows_, layout_.rows - row);
    return packed_.data() +
           ((group * layout_.rows + row) * layout_.taps + tap * mine) * layout_.depth;
  }

 private:
  WeightLayout layout_;
  Index panel_rows_;
  Buffer<T> packed_;  // [group, panel, tap, depth, row of the panel]
};

// One item's samples with the channels innermost: [group, phase, place, column]. A column is a
// channel, or where there are few, a channel and a tap of the last axis (`fold` of them); a step is
// a tap of the axes that are left.
template <class T>
class SampleColumns {
 public:
  SampleColumns(const TapLayer& layer, const PhaseGrid& grid, Workers* workers);
  void take(const View<const T>& in, Index item);
  Index fold() const noexcept { return fold_; }
  Index steps() const noexcept { return static_cast<Index>(grid_.taps().size()) / fold_; }
  Index used() const noexcept { return layer_.in_per_group() * fold_; }
  Index width() const noexcept { return width_; }  // used(), rounded up to whole column panels
  // What a step reads for outputs from place `output` on.
  const T* at(Index group, Index step, Index output) const noexcept {
    const PhaseGrid::Place& place = grid_.taps()[static_cast<std::size_t>(step * fold_)];
    return packed_.data() +
           ((group * phases_ + place.phase / folded_phases_) * grid_.size() + place.offset +
            output) * width_;
  }

 private:
  void take_block(const View<const T>& in, Index item, Index group, Index first, T* rows,
                  T* phases);

  const TapLayer& layer_;
  const PhaseGrid& grid_;
  Workers* workers_;
  Index fold_ = 1, folded_phases_ = 1, phases_ = 1, width_ = 0;
  Buffer<T> packed_;
  std::vector<Buffer<T>> scratch_;
};

// One item's outputs as row panels over the flat run: [group, panel, place, row of the panel].
template <class T>
class OutputRows {
 public:
  OutputRows(const TapLayer& layer, const PhaseGrid& grid, Workers* workers);
  void take(const View<const T>& out, Index item);
  const T* panel(Index group, Index row) const noexcept {
    return packed_.data() + (group * layer_.out_per_group() + row) * grid_.outputs();
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
