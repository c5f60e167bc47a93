// A layer's taps as products of matrices, forwards and for the adjoint.
#include "engine/layers/tap_products.h"

#include <algorithm>

#include "engine/layers/channel_chunks.h"
#include "engine/layers/phase_grid.h"
#include "engine/layers/tap_panels.h"
#include "engine/simd/multiply_panels.h"

namespace faltung {
namespace {

constexpr Index kMostWeights = Index{512} << 10;  // bytes, where sums go where they belong: level 2
constexpr Index kLeastChannels = 16;  // pairs in a group

// Whether nothing past a run is read.
template <class T>
bool whole_vectors(Index run) {
  return run % panel_sizes<T>().lanes == 0;
}

// What is ready for one item and some rows of a group.
template <class T>
struct Share {
  Index item, channel, rows, panel;  // `channel`: of the first row
  const T* columns;                  // of the group that is read
  Index column_stride, panel_stride;  // from a channel to the next, and between column panels
  const T* weights;                  // pack_weights
  T* sums;                           // as many for each row as was asked for
};

// One side of a layer that is read, and how.
template <class T>
struct Side {
  const View<const T>& planes;
  bool there;        // planes are read where they lie, not packed
  Index size;        // samples of a channel, packed
  bool panels;       // packed in column panels, a group's channels innermost
  Index sums_each;  // for each row of the other side; 0: they go where they belong
};

// Rows of a task. Where sums take no memory as many as level 2 has room for their weights, as long
// as there is work for all threads.
template <class T>
Index chunk_rows(Index groups, const WeightLayout& layout, const Side<T>& side, Index panel,
                 const Workers* workers) {
  if (side.sums_each > 0) return kChunkPanels * panel;
  const Index bytes = panel * layout.taps * layout.depth * static_cast<Index>(sizeof(T));
  const Index panels = pieces(layout.rows, panel), slots = slots_of(workers);
  const Index shares = slots == 1 ? 1 : pieces(kTasksEach * slots, groups * side.planes.extent(0));
  return panel * std::max(kChunkPanels, std::min(kMostWeights / bytes, pieces(panels, shares)));
}

// Calls fill(item, channel, to) for every channel that is read, onto zeros or a channel before, and
// compute(share) for every item and chunk of rows, in blocks of items.
template <class T, class Fill, class Compute>
void for_each_share(Index groups, const WeightLayout& layout, const T* kernel,
                    const Side<T>& side, Workers* workers, Fill&& fill, Compute&& compute) {
  const Index panel = panel_rows<T>(layout.rows), wide = panel_sizes<T>().columns;
  const Index all_items = side.planes.extent(0), channels = side.planes.extent(1);
  const Index item_size = side.there ? 0 : channels * side.size;
  const Chunks chunks(groups, layout.rows, chunk_rows(groups, layout, side, panel, workers),
                      all_items, {item_size * static_cast<Index>(sizeof(T)), kMostPacked}, workers);
  const Index packed = chunks.rows() * layout.taps * layout.depth;
  const Index apart = side.there ? side.planes.stride(1) : side.panels ? wide : side.size;
  const Index panels_apart = side.panels && !side.there ? layout.depth * wide : wide;
  Buffer<T> columns(chunks.at_once() * item_size + wide);
  std::vector<Buffer<T>> scratches =
      slot_buffers<T>(workers, packed + chunks.rows() * side.sums_each);
  for (Index first = 0; first < all_items; first += chunks.at_once()) {
    const Index items = std::min(chunks.at_once(), all_items - first);
    run_tasks(workers, side.there ? 0 : items * channels, [&](Index c, int) {
      const Index k = side.panels ? c % layout.depth : 0;
      fill(first + c / channels, c % channels, columns.data() + (c - k) * side.size + k * wide);
    });
    run_tasks(workers, chunks.tasks() * chunks.splits(), [&](Index task, int slot) {
      const Chunks::Part part = chunks.part(task / chunks.splits());
      const Index split = task % chunks.splits();
      T* weights = scratches[static_cast<std::size_t>(slot)].data();
      pack_weights(kernel + part.group * layout.rows * layout.depth * layout.taps, layout, part.row,
                   part.rows, panel, weights);
      for (Index item = items * split / chunks.splits();
           item < items * (split + 1) / chunks.splits(); ++item) {
        const Index channel = part.group * layout.depth;
        compute(Share<T>{
            first + item, part.group * layout.rows + part.row, part.rows, panel,
            side.there ? plane(side.planes, first + item, channel)
                       : columns.data() + item * item_size + channel * side.size,
            apart, panels_apart, weights, weights + packed});
      }
    });
  }
}

// The same runs to panels of `wide`.
std::vector<SampleRun> in_panels(const std::vector<SampleRun>& runs, Index wide, Index apart) {
  std::vector<SampleRun> result;
  for (SampleRun run : runs) {
    while (run.count > 0) {
      const Index within = run.to % wide, count = std::min(run.count, wide - within);
      result.push_back({run.from, run.to / wide * apart + within, count});
      run = {run.from + count, run.to + count, run.count - count};
    }
  }
  return result;
}

// Adds the products of a share's weights with one panel of columns, tap by tap. `columns(tap, k)`
// and `out(tap, row)` say where.
template <class T, class Columns, class Out>
void add_taps(const Share<T>& share, const WeightLayout& layout, Columns&& columns, Out&& out,
              PanelProduct<T> product) {
  for (Index tap = 0; tap < layout.taps; ++tap) {
    for (Index k = 0; k < layout.depth; k += kProductDepth) {
      product.depth = std::min(kProductDepth, layout.depth - k);
      product.columns = columns(tap, k);
      for (Index r = 0; r < share.rows; r += share.panel) {
        const Index mine = std::min(share.panel, share.rows - r);
        product.row_count = mine;
        product.rows = share.weights + (r * layout.taps + tap * mine) * layout.depth + k * mine;
        product.out = out(tap, r);
        multiply_panels(product);
        if (product.bias) product.bias += mine;
      }
      product.start = Start::accumulate;
      product.bias = nullptr;
    }
  }
}

}  // namespace

bool suits_products(const TapLayer& layer) {
  return layer.in_per_group() * layer.out_per_group() >= kLeastChannels && has_few_gaps(layer.axes);
}

template <class T>
void correlate_by_products(const TapLayer& given, const View<const T>& in, const T* kernel,
                           const T* bias, const View<T>& out, Workers* workers) {
  const TapLayer layer = merged(given);
  const PhaseGrid grid(layer.axes);
  const Index ins = layer.in_per_group(), outs = layer.out_per_group(), taps = layer.taps();
  const Index apart = grid.phases() * grid.size(), run = grid.outputs();
  const Index wide = panel_sizes<T>().columns;
  const WeightLayout layout{outs, ins * taps, ins, taps, taps};
  const auto compute = [&](const Share<T>& share) {
    PanelProduct<T> product;
    product.column_depth_stride = share.column_stride;
    product.out_stride = run;
    for (Index at = 0; at < run; at += wide) {
      product.column_count = std::min(wide, run - at);
      const auto columns = [&](Index tap, Index k) {
        const PhaseGrid::Place& place = grid.taps()[static_cast<std::size_t>(tap)];
        return share.columns + k * share.column_stride + place.phase * grid.size() +
               place.offset + at;
      };
      add_taps(share, layout, columns, [&](Index, Index r) { return share.sums + r * run + at; },
               product);
    }
    for (Index r = 0; r < share.rows; ++r) {
      const Index o = share.channel + r;
      grid.take_out(share.sums + r * run, bias ? bias[o] : T{0}, plane(out, share.item, o));
    }
  };
  const bool lie_so = grid.inputs_lie_so() && whole_vectors<T>(run);
  for_each_share<T>(layer.groups, layout, kernel, {in, lie_so, apart, false, run}, workers,
                    [&](Index item, Index c, T* to) { grid.spread(plane(in, item, c), to); },
                    compute);
}

template <class T>
void adjoint_by_products(const TapLayer& given, const View<const T>& out, const T* kernel,
                         const T* bias, const View<T>& in, Workers* workers) {
  const TapLayer layer = merged(given);
  const PhaseGrid grid(layer.axes);
  const Index ins = layer.in_per_group(), outs = layer.out_per_group(), taps = layer.taps();
  const Index apart = grid.phases() * grid.size(), run = grid.outputs();
  const Index wide = panel_sizes<T>().columns;
  const WeightLayout layout{ins, taps, outs, ins * taps, taps};
  const bool there = grid.inputs_lie_so();  // sums go where they belong
  const auto compute = [&](const Share<T>& share) {
    T* to = there ? plane(in, share.item, share.channel) : share.sums;
    if (!there) std::fill_n(to, share.rows * apart, T{0});
    PanelProduct<T> product;
    product.start = there ? Start::bias : Start::accumulate;
    product.bias = there && bias ? bias + share.channel : nullptr;
    product.column_depth_stride = share.column_stride;
    product.out_stride = there ? in.stride(1) : apart;
    for (Index at = 0; at < run; at += wide) {
      product.column_count = std::min(wide, run - at);
      const auto sums = [&](Index tap, Index r) {
        const PhaseGrid::Place& place = grid.taps()[static_cast<std::size_t>(tap)];
        return to + r * product.out_stride + place.phase * grid.size() + place.offset + at;
      };
      const T* panel = share.columns + at / wide * share.panel_stride;
      const auto columns = [&](Index, Index k) { return panel + k * share.column_stride; };
      add_taps(share, layout, columns, sums, product);
    }
    for (Index r = 0; r < share.rows && !there; ++r) {
      const Index i = share.channel + r;
      grid.collect(share.sums + r * apart, bias ? bias[i] : T{0}, plane(in, share.item, i));
    }
  };
  const bool lie_so = grid.outputs_lie_so() && whole_vectors<T>(run);
  const std::vector<SampleRun> runs = in_panels(grid.output_rows(), wide, outs * wide);
  for_each_share<T>(layer.groups, layout, kernel,
                    {out, lie_so, pieces(run, wide) * wide, true, there ? 0 : apart}, workers,
                    [&](Index item, Index c, T* to) {
                      copy_runs(plane(out, item, c), 1, runs.data(),
                                static_cast<Index>(runs.size()), Slack::none, 0, to);
                    },
                    compute);
}

#define FALTUNG_TAP_PRODUCTS(T)                                                                  \
  template void correlate_by_products(const TapLayer&, const View<const T>&, const T*, const T*, \
                                      const View<T>&, Workers*);                                 \
  template void adjoint_by_products(const TapLayer&, const View<const T>&, const T*, const T*,   \
                                    const View<T>&, Workers*);
FALTUNG_TAP_PRODUCTS(float)
FALTUNG_TAP_PRODUCTS(double)

}  // namespace faltung
