// What the products of a layer's taps read, packed: kernels, samples and outputs.
#include "engine/layers/tap_panels.h"

#include <algorithm>

#include "engine/simd/multiply_panels.h"
#include "engine/simd/transpose.h"

namespace faltung {
namespace {

constexpr Index kFewChannels = 16;  // in a group: fewer leave a panel's columns empty
constexpr Index kBlock = 16;        // columns transposed at once

template <class T>
std::vector<Buffer<T>> for_each_slot(Workers* workers, Index size) {
  std::vector<Buffer<T>> result;
  for (int slot = 0; slot < slots_of(workers); ++slot) result.emplace_back(size);
  return result;
}

}  // namespace

template <class T>
WeightPanels<T>::WeightPanels(const T* kernel, const WeightLayout& layout, Workers* workers)
    : layout_(layout),
      panel_rows_(panel_sizes<T>().rows),
      packed_(layout.groups * layout.rows * layout.taps * layout.depth) {
  const Index panels = (layout.rows + panel_rows_ - 1) / panel_rows_;
  run_tasks(workers, layout.groups * panels, [&](Index task, int) {
    const Index group = task / panels, row = task % panels * panel_rows_;
    const Index mine = std::min(panel_rows_, layout.rows - row);
    const T* from = kernel + group * layout.group_stride + row * layout.row_stride;
    T* to = packed_.data() + (group * layout.rows + row) * layout.taps * layout.depth;
    for (Index k = 0; k < layout.depth; ++k) {
      for (Index r = 0; r < mine; ++r) {
        const T* taps = from + k * layout.depth_stride + r * layout.row_stride;
        for (Index j = 0; j < layout.taps; ++j) to[(j * layout.depth + k) * mine + r] = taps[j];
      }
    }
  });
}

template <class T>
SampleColumns<T>::SampleColumns(const TapLayer& layer, const PhaseGrid& grid, Workers* workers)
    : layer_(layer), grid_(grid), workers_(workers) {
  if (layer.in_per_group() <= kFewChannels) fold_ = layer.axes.back().taps;
  for (Index j = 0; j < fold_; ++j) {
    folded_phases_ =
        std::max(folded_phases_, grid.taps()[static_cast<std::size_t>(j)].phase + 1);
  }
  if (fold_ == 1) folded_phases_ = 1;
  phases_ = grid.phases() / folded_phases_;
  const Index panel = panel_sizes<T>().columns;
  width_ = (used() + panel - 1) / panel * panel;
  packed_ = Buffer<T>(layer.groups * phases_ * grid.size() * width_);
  scratch_ = for_each_slot<T>(workers, (kBlock + 1) * grid.phases() * grid.size());
}

template <class T>
void SampleColumns<T>::take(const View<const T>& in, Index item) {
  const Index blocks = (used() + kBlock - 1) / kBlock;
  run_tasks(workers_, layer_.groups * blocks, [&](Index task, int slot) {
    T* rows = scratch_[static_cast<std::size_t>(slot)].data();
    take_block(in, item, task / blocks, task % blocks * kBlock, rows,
               rows + kBlock * grid_.phases() * grid_.size());
  });
}

// Columns [first, first + kBlock) of a group: as rows first, then transposed.
template <class T>
void SampleColumns<T>::take_block(const View<const T>& in, Index item, Index group, Index first,
                                  T* rows, T* phases) {
  const Index count = std::min(kBlock, used() - first), size = grid_.size();
  const Index apart = phases_ * size;
  Index spread = -1;  // the channel whose phases are there
  for (Index c = 0; c < count; ++c) {
    const Index i = (first + c) / fold_, channel = group * layer_.in_per_group() + i;
    if (fold_ == 1) {
      grid_.spread(plane(in, item, channel), rows + c * apart, size);
      continue;
    }
    if (spread != i) grid_.spread(plane(in, item, channel), phases, size);
    spread = i;
    const PhaseGrid::Place& place = grid_.taps()[static_cast<std::size_t>((first + c) % fold_)];
    for (Index p = 0; p < phases_; ++p) {
      const T* from = phases + (p * folded_phases_ + place.phase) * size;
      T* to = rows + c * apart + p * size;
      std::copy(from + place.offset, from + size, to);
      std::fill(to + size - place.offset, to + size, T{0});
    }
  }
  for (Index p = 0; p < phases_; ++p) {
    transpose(rows + p * size, count, size, apart,
              packed_.data() + (group * phases_ + p) * size * width_ + first, width_);
  }
}

template <class T>
OutputRows<T>::OutputRows(const TapLayer& layer, const PhaseGrid& grid, Workers* workers)
    : layer_(layer),
      grid_(grid),
      workers_(workers),
      panel_rows_(panel_sizes<T>().rows),
      packed_(layer.out_channels * grid.outputs()),
      scratch_(for_each_slot<T>(workers, panel_rows_ * grid.outputs())) {}

template <class T>
void OutputRows<T>::take(const View<const T>& out, Index item) {
  const Index outs = layer_.out_per_group(), panels = (outs + panel_rows_ - 1) / panel_rows_;
  run_tasks(workers_, layer_.groups * panels, [&](Index task, int slot) {
    const Index group = task / panels, first = task % panels * panel_rows_;
    const Index mine = std::min(panel_rows_, outs - first), run = grid_.outputs();
    T* rows = scratch_[static_cast<std::size_t>(slot)].data();
    for (Index r = 0; r < mine; ++r) {
      grid_.lay_out(plane(out, item, group * outs + first + r), rows + r * run);
    }
    transpose(rows, mine, run, run, packed_.data() + (group * outs + first) * run, mine);
  });
}

template class WeightPanels<float>;
template class WeightPanels<double>;
template class SampleColumns<float>;
template class SampleColumns<double>;
template class OutputRows<float>;
template class OutputRows<double>;

}  // namespace faltung
