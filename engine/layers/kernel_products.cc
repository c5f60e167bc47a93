// A layer's taps as products of matrices: the kernel's gradient.
#include "engine/layers/channel_chunks.h"
#include "engine/layers/phase_grid.h"
#include "engine/layers/tap_panels.h"
#include "engine/layers/tap_products.h"
#include "engine/simd/multiply_panels.h"
#include "engine/simd/transpose.h"

namespace faltung {
namespace {

constexpr Index kNearPacked = Index{1} << 20;  // bytes packed where sums may be cut: level 2
constexpr Index kPackCost = 64;  // of a sample, in multiply-adds of a product

// Whether rows without gaps, which shorten the sums over outputs, are worth packing the samples
// once for each tap of the last axis. Few channels have their taps folded (tap_panels.h).
bool repays_no_gaps(const TapLayer& layer) {
  const TapAxis& a = layer.axes.back();
  const Index gap = (a.taps - 1) * a.dilation / a.stride;
  const Index saved = layer.out_per_group() * layer.taps() * gap / (a.out + gap);
  return layer.in_per_group() > kFewChannels && saved > kPackCost * (a.taps - 1);
}

// kernel = the gradient, or added to what is there; samples are packed some items at a time.
template <class T>
void sum_products(const TapLayer& layer, const View<const T>& in, const View<const T>& out,
                  Start start, Index most_packed, T* kernel, Workers* workers) {
  const PhaseGrid grid(layer.axes, repays_no_gaps(layer) ? Gaps::none : Gaps::between_rows);
  const Index ins = layer.in_per_group(), outs = layer.out_per_group(), taps = layer.taps();
  const Index run = grid.outputs(), wide = panel_sizes<T>().columns;
  const Index panel = panel_rows<T>(outs);
  const Index item_size =
      layer.in_channels * grid.phases() * grid.size() + layer.out_channels * run;
  const Chunks chunks(layer.groups, outs, kChunkPanels * panel, in.extent(0),
                      {item_size * static_cast<Index>(sizeof(T)), most_packed}, workers);
  SampleColumns<T> columns(layer, grid, chunks.at_once(), workers);
  OutputRows<T> rows(layer, grid, chunks.at_once(), workers);
  const Index width = columns.width(), steps = columns.steps(), fold = columns.fold();
  const Index step_sums = chunks.rows() * width;
  const auto fresh = [&](Index first) { return first == 0 && start == Start::bias; };
  const bool there = taps == 1;  // sums go where they belong
  std::vector<Buffer<T>> scratches = slot_buffers<T>(workers, there ? 0 : steps * step_sums);
  // Sums are [step, row, column], a column being channel and tap within the step.
  const auto multiply = [&](const Chunks::Part& part, Index items, bool first, T* sums) {
    PanelProduct<T> product;
    product.column_depth_stride = columns.panel();
    product.out_stride = there ? ins : width;
    product.start = there && !first ? Start::accumulate : Start::bias;
    const auto add_column_panel = [&](Index item, Index at, Index c) {
      product.column_count = std::min(wide, columns.used() - c);
      for (Index step = 0; step < steps; ++step) {
        product.columns = columns.at(item, part.group, step, at, c);
        for (Index r = 0; r < part.rows; r += panel) {
          product.row_count = std::min(panel, part.rows - r);
          product.rows = rows.panel(item, part.group, part.row + r) + at * product.row_count;
          product.out = sums + step * step_sums + r * product.out_stride + c;
          multiply_panels(product);
        }
      }
    };
    for (Index item = 0; item < items; ++item) {
      for (Index at = 0; at < run; at += kProductDepth) {
        product.depth = std::min(kProductDepth, run - at);
        for (Index c = 0; c < columns.used(); c += wide) add_column_panel(item, at, c);
        product.start = Start::accumulate;
      }
    }
  };
  const auto write_row = [&](const T* sums, T* to, bool first) {
    if (fold == 1 && first) return transpose(sums, steps, ins, step_sums, to, steps);
    for (Index i = 0; i < ins; ++i) {
      for (Index step = 0; step < steps; ++step) {
        const T* from = sums + step * step_sums + i * fold;
        for (Index j = 0; j < fold; ++j, ++to) *to = first ? from[j] : *to + from[j];
      }
    }
  };
  if (in.extent(0) == 0 && start == Start::bias) {
    std::fill_n(kernel, layer.out_channels * ins * taps, T{0});
  }
  for (Index first = 0; first < in.extent(0); first += chunks.at_once()) {
    const Index items = std::min(chunks.at_once(), in.extent(0) - first);
    columns.take(in, first, items);
    rows.take(out, first, items);
    run_tasks(workers, chunks.tasks(), [&](Index task, int slot) {
      const Chunks::Part part = chunks.part(task);
      T* to = kernel + (part.group * outs + part.row) * ins * taps;
      T* sums = there ? to : scratches[static_cast<std::size_t>(slot)].data();
      multiply(part, items, fresh(first), sums);
      for (Index r = 0; r < part.rows && !there; ++r) {
        write_row(sums + r * width, to + r * ins * taps, fresh(first));
      }
    });
  }
}

// Some places of every plane.
template <class T>
View<const T> places(const View<const T>& planes, Index first, Index count) {
  return View<const T>(planes.data() + first, {planes.extent(0), planes.extent(1), count},
                       {planes.stride(0), planes.stride(1), 1});
}

}  // namespace

template <class T>
void kernel_by_products(const TapLayer& given, const View<const T>& in, const View<const T>& out,
                        T* kernel, Workers* workers) {
  TapLayer layer = merged(given);
  const TapAxis whole = layer.axes.back();
  const bool points = layer.axes.size() == 1 && whole.taps == 1 && whole.stride == 1 &&
                      whole.before == 0 && whole.in == whole.out;
  if (!points) return sum_products(layer, in, out, Start::bias, kMostPacked, kernel, workers);
  // Sums over places may be cut anywhere; where they are does not depend on the workers.
  const Index channels = layer.in_channels + layer.out_channels;
  const Index depths = kNearPacked / (channels * kProductDepth * static_cast<Index>(sizeof(T)));
  const Index most = std::max<Index>(1, depths) * kProductDepth;
  for (Index first = 0; first < whole.in; first += most) {
    TapAxis& piece = layer.axes.back();
    piece.in = piece.out = std::min(most, whole.in - first);
    sum_products(layer, places(in, first, piece.in), places(out, first, piece.in),
                 first == 0 ? Start::bias : Start::accumulate, kNearPacked, kernel, workers);
  }
}

template void kernel_by_products(const TapLayer&, const View<const float>&,
                                 const View<const float>&, float*, Workers*);
template void kernel_by_products(const TapLayer&, const View<const double>&,
                                 const View<const double>&, double*, Workers*);

}  // namespace faltung
