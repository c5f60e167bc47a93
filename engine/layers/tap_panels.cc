// What the products of a layer's taps read, packed: kernels, samples and outputs.
#include "engine/layers/tap_panels.h"

#include <algorithm>

#include "engine/layers/channel_chunks.h"
#include "engine/simd/multiply_panels.h"
#include "engine/simd/transpose.h"

namespace faltung {
template <class T>
Index panel_rows(Index rows) noexcept {
  const Index most = panel_sizes<T>().rows, panels = (rows + most - 1) / most;
  return (rows + panels - 1) / panels;
}

namespace {

// Rows that lie side by side, for one tap: read once from end to end.
template <class T>
void pack_neighbours(const T* from, const WeightLayout& layout, Index count, Index panel, T* to) {
  std::vector<SampleRun> runs;
  for (Index row = 0; row < count; row += panel) {
    runs.push_back({row, row * layout.depth, std::min(panel, count - row)});
  }
  for (Index k = 0; k < layout.depth; ++k, from += layout.depth_stride) {
    copy_runs(from, 1, runs.data(), static_cast<Index>(runs.size()), Slack::none, 0, to);
    for (SampleRun& run : runs) run.to += run.count;
  }
}

}  // namespace

template <class T>
void pack_weights(const T* kernel, const WeightLayout& layout, Index first, Index count,
                  Index panel, T* to) {
  if (layout.taps == 1 && layout.row_stride == 1) {
    return pack_neighbours(kernel + first, layout, count, panel, to);
  }
  for (Index row = first; row < first + count; row += panel) {
    const Index mine = std::min(panel, first + count - row);
    const T* from = kernel + row * layout.row_stride;
    if (layout.taps == 1 && layout.depth_stride == 1) {
      transpose(from, mine, layout.depth, layout.row_stride, to, mine);
    } else {
      for (Index k = 0; k < layout.depth; ++k) {
        transpose(from + k * layout.depth_stride, mine, layout.taps, layout.row_stride,
                  to + k * mine, layout.depth * mine);
      }
    }
    to += mine * layout.taps * layout.depth;
  }
}

template <class T>
SampleColumns<T>::SampleColumns(const TapLayer& layer, const PhaseGrid& grid, Index items,
                                Workers* workers)
    : layer_(layer), grid_(grid), workers_(workers) {
  if (layer.in_per_group() <= kFewChannels) fold_ = layer.axes.back().taps;
  for (Index j = 0; j < fold_; ++j) {
    folded_phases_ =
        std::max(folded_phases_, grid.taps()[static_cast<std::size_t>(j)].phase + 1);
  }
  if (fold_ == 1) folded_phases_ = 1;
  phases_ = grid.phases() / folded_phases_;
  panel_ = panel_sizes<T>().columns;
  width_ = (used() + panel_ - 1) / panel_ * panel_;
  packed_ = Buffer<T>::unfilled(items * layer.groups * phases_ * grid.size() * width_);
  scratch_ = slot_buffers<T>(workers, (panel_ + 1) * grid.phases() * grid.size());
}

template <class T>
void SampleColumns<T>::take(const View<const T>& in, Index first, Index count) {
  const Index panels = width_ / panel_, groups = layer_.groups;
  run_tasks(workers_, count * groups * panels, [&](Index task, int slot) {
    const Index item = task / (groups * panels), group = task / panels % groups;
    T* rows = scratch_[static_cast<std::size_t>(slot)].data();
    take_panel(in, first + item, group, task % panels * panel_, rows,
               rows + panel_ * grid_.phases() * grid_.size(),
               packed_.data() + (item * groups + group) * phases_ * grid_.size() * width_);
  });
}

// Columns [first, first + panel_) of a group: as rows first, then transposed.
template <class T>
void SampleColumns<T>::take_panel(const View<const T>& in, Index item, Index group, Index first,
                                  T* rows, T* phases, T* to) const {
  const Index count = std::min(panel_, used() - first), size = grid_.size();
  const Index apart = phases_ * size;
  if (grid_.inputs_lie_so()) {
    return transpose(plane(in, item, group * layer_.in_per_group() + first), count, size,
                     in.stride(1), to + first * size, panel_);
  }
  Index spread = -1;  // the channel whose phases are there
  for (Index c = 0; c < count; ++c) {
    const Index i = (first + c) / fold_, channel = group * layer_.in_per_group() + i;
    if (fold_ == 1) {
      grid_.spread(plane(in, item, channel), rows + c * apart);
      continue;
    }
    if (spread != i) grid_.spread(plane(in, item, channel), phases);
    spread = i;
    const PhaseGrid::Place& place = grid_.taps()[static_cast<std::size_t>((first + c) % fold_)];
    for (Index p = 0; p < phases_; ++p) {
      const T* from = phases + (p * folded_phases_ + place.phase) * size;
      T* row = rows + c * apart + p * size;
      std::copy(from + place.offset, from + size, row);
      std::fill(row + size - place.offset, row + size, T{0});
    }
  }
  for (Index p = 0; p < phases_; ++p) {
    transpose(rows + p * size, count, size, apart, to + (p * width_ + first) * size, panel_);
  }
}

template <class T>
OutputRows<T>::OutputRows(const TapLayer& layer, const PhaseGrid& grid, Index items,
                          Workers* workers)
    : layer_(layer),
      grid_(grid),
      workers_(workers),
      panel_rows_(panel_rows<T>(layer.out_per_group())),
      packed_(Buffer<T>::unfilled(items * layer.out_channels * grid.outputs())),
      scratch_(slot_buffers<T>(workers, panel_rows_ * grid.outputs())) {}

template <class T>
void OutputRows<T>::take(const View<const T>& out, Index first, Index count) {
  const Index outs = layer_.out_per_group(), panels = (outs + panel_rows_ - 1) / panel_rows_;
  run_tasks(workers_, count * layer_.groups * panels, [&](Index task, int slot) {
    const Index item = task / (layer_.groups * panels), group = task / panels % layer_.groups;
    const Index row = task % panels * panel_rows_, mine = std::min(panel_rows_, outs - row);
    const Index run = grid_.outputs();
    T* to = packed_.data() + (item * layer_.out_channels + group * outs + row) * run;
    const T* from = plane(out, first + item, group * outs + row);
    if (grid_.outputs_lie_so()) return transpose(from, mine, run, out.stride(1), to, mine);
    T* rows = scratch_[static_cast<std::size_t>(slot)].data();
    for (Index r = 0; r < mine; ++r) {
      grid_.lay_out(plane(out, first + item, group * outs + row + r), rows + r * run);
    }
    transpose(rows, mine, run, run, to, mine);
  });
}

template Index panel_rows<float>(Index) noexcept;
template Index panel_rows<double>(Index) noexcept;
template void pack_weights(const float*, const WeightLayout&, Index, Index, Index, float*);
template void pack_weights(const double*, const WeightLayout&, Index, Index, Index, double*);
template class SampleColumns<float>;
template class SampleColumns<double>;
template class OutputRows<float>;
template class OutputRows<double>;

}  // namespace faltung
