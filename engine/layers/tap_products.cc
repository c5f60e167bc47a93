// A layer's taps as products of matrices, in the three directions of tap_sums.h.
#include "engine/layers/tap_products.h"

#include <algorithm>

#include "engine/layers/phase_grid.h"
#include "engine/layers/tap_panels.h"
#include "engine/nd/array.h"
#include "engine/simd/multiply_panels.h"

namespace faltung {
namespace {

constexpr Index kDepth = 256;        // of one product: a panel of columns stays in level 1
constexpr Index kChunk = 2;          // row panels of a task: what they add to stays in level 2
constexpr double kMostGaps = 3;      // planes with gaps, compared with those without
constexpr Index kLeastChannels = 16; // pairs in a group

Index pieces(Index count, Index size) { return (count + size - 1) / size; }

// Rows [first, first + count) of a task: some panels of one group.
struct RowChunk {
  Index group, first, count;
};
RowChunk chunk_of(Index task, Index rows_per_group, Index panel_rows) {
  const Index chunks = pieces(rows_per_group, kChunk * panel_rows);
  const Index first = task % chunks * kChunk * panel_rows;
  return {task / chunks, first, std::min(kChunk * panel_rows, rows_per_group - first)};
}
Index chunk_count(Index groups, Index rows_per_group, Index panel_rows) {
  return groups * pieces(rows_per_group, kChunk * panel_rows);
}

// Adds the products of a chunk of weight panels and one panel of columns, tap by tap.
template <class T, class Columns, class Out>
void add_taps(const WeightPanels<T>& weights, const RowChunk& rows, Index taps, Columns&& columns,
              Out&& out, PanelProduct<T> product) {
  for (Index tap = 0; tap < taps; ++tap) {
    for (Index k = 0; k < weights.depth(); k += kDepth) {
      product.depth = std::min(kDepth, weights.depth() - k);
      product.columns = columns(tap, k);
      for (Index r = rows.first; r < rows.first + rows.count; r += weights.panel_rows()) {
        product.row_count = std::min(weights.panel_rows(), weights.rows() - r);
        product.rows = weights.panel(rows.group, r, tap) + k * product.row_count;
        product.out = out(tap, r - rows.first);
        multiply_panels(product);
      }
      product.start = Start::accumulate;
    }
  }
}

}  // namespace

bool suits_products(const TapLayer& layer) {
  if (layer.in_per_group() * layer.out_per_group() < kLeastChannels) return false;
  double grid = 1, out = 1, in = 1, phases = 1;
  for (const TapAxis& a : layer.axes) {
    grid *= static_cast<double>(a.out + (a.taps - 1) * a.dilation / a.stride);
    phases *= static_cast<double>(std::min(a.taps, a.stride));
    out *= static_cast<double>(a.out);
    in *= static_cast<double>(a.in);
  }
  return grid <= kMostGaps * out && grid * phases <= kMostGaps * (in + out);
}

template <class T>
void correlate_by_products(const TapLayer& given, const View<const T>& in, const T* kernel,
                           const T* bias, const View<T>& out, Workers* workers) {
  const TapLayer layer = merged(given);
  const PhaseGrid grid(layer.axes);
  const PanelSizes sizes = panel_sizes<T>();
  const Index ins = layer.in_per_group(), outs = layer.out_per_group(), taps = layer.taps();
  const Index row = ins * taps, apart = grid.phases() * grid.size(), run = grid.outputs();
  const WeightPanels<T> weights(kernel, {layer.groups, outs, row, ins, taps, outs * row, taps},
                                workers);
  Buffer<T> planes(layer.in_channels * apart + sizes.columns);
  std::vector<Buffer<T>> scratch(static_cast<std::size_t>(slots_of(workers)));
  for (Buffer<T>& sums : scratch) sums = Buffer<T>(kChunk * sizes.rows * run);
  for (Index item = 0; item < in.extent(0); ++item) {
    run_tasks(workers, layer.in_channels, [&](Index i, int) {
      grid.spread(plane(in, item, i), planes.data() + i * apart, grid.size());
    });
    run_tasks(workers, chunk_count(layer.groups, outs, sizes.rows), [&](Index task, int slot) {
      const RowChunk rows = chunk_of(task, outs, sizes.rows);
      T* sums = scratch[static_cast<std::size_t>(slot)].data();
      const T* mine = planes.data() + rows.group * ins * apart;
      for (Index at = 0; at < run; at += sizes.columns) {
        PanelProduct<T> product;
        product.column_count = std::min(sizes.columns, run - at);
        product.column_depth_stride = apart;
        product.out_stride = run;
        add_taps(
            weights, rows, taps,
            [&](Index tap, Index k) {
              const PhaseGrid::Place& place = grid.taps()[static_cast<std::size_t>(tap)];
              return mine + k * apart + place.phase * grid.size() + place.offset + at;
            },
            [&](Index, Index r) { return sums + r * run + at; }, product);
      }
      for (Index r = 0; r < rows.count; ++r) {
        const Index o = rows.group * outs + rows.first + r;
        grid.take_out(sums + r * run, bias ? bias[o] : T{0}, plane(out, item, o));
      }
    });
  }
}

template <class T>
void adjoint_by_products(const TapLayer& given, const View<const T>& out, const T* kernel,
                         const T* bias, const View<T>& in, Workers* workers) {
  const TapLayer layer = merged(given);
  const PhaseGrid grid(layer.axes);
  const PanelSizes sizes = panel_sizes<T>();
  const Index ins = layer.in_per_group(), outs = layer.out_per_group(), taps = layer.taps();
  const Index row = ins * taps, apart = grid.phases() * grid.size(), run = grid.outputs();
  const WeightPanels<T> weights(kernel, {layer.groups, ins, taps, outs, row, outs * row, taps},
                                workers);
  Buffer<T> columns(layer.out_channels * run + sizes.columns);
  std::vector<Buffer<T>> scratch(static_cast<std::size_t>(slots_of(workers)));
  for (Buffer<T>& sums : scratch) sums = Buffer<T>(kChunk * sizes.rows * apart);
  for (Index item = 0; item < in.extent(0); ++item) {
    run_tasks(workers, layer.out_channels, [&](Index o, int) {
      grid.lay_out(plane(out, item, o), columns.data() + o * run);
    });
    run_tasks(workers, chunk_count(layer.groups, ins, sizes.rows), [&](Index task, int slot) {
      const RowChunk rows = chunk_of(task, ins, sizes.rows);
      T* sums = scratch[static_cast<std::size_t>(slot)].data();
      std::fill_n(sums, rows.count * apart, T{0});
      const T* mine = columns.data() + rows.group * outs * run;
      for (Index at = 0; at < run; at += sizes.columns) {
        PanelProduct<T> product;
        product.start = Start::accumulate;
        product.column_count = std::min(sizes.columns, run - at);
        product.column_depth_stride = run;
        product.out_stride = apart;
        add_taps(
            weights, rows, taps, [&](Index, Index k) { return mine + k * run + at; },
            [&](Index tap, Index r) {
              const PhaseGrid::Place& place = grid.taps()[static_cast<std::size_t>(tap)];
              return sums + r * apart + place.phase * grid.size() + place.offset + at;
            },
            product);
      }
      for (Index r = 0; r < rows.count; ++r) {
        const Index i = rows.group * ins + rows.first + r;
        grid.collect(sums + r * apart, grid.size(), bias ? bias[i] : T{0}, plane(in, item, i));
      }
    });
  }
}

template <class T>
void kernel_by_products(const TapLayer& given, const View<const T>& in, const View<const T>& out,
                        T* kernel, Workers* workers) {
  const TapLayer layer = merged(given);
  const PhaseGrid grid(layer.axes);
  const PanelSizes sizes = panel_sizes<T>();
  const Index outs = layer.out_per_group(), run = grid.outputs();
  SampleColumns<T> columns(layer, grid, workers);
  OutputRows<T> rows(layer, grid, workers);
  const Index width = columns.width(), steps = columns.steps();
  Buffer<T> sums(layer.groups * steps * outs * width);
  for (Index item = 0; item < in.extent(0); ++item) {
    columns.take(in, item);
    rows.take(out, item);
    run_tasks(workers, chunk_count(layer.groups, outs, sizes.rows), [&](Index task, int) {
      const RowChunk chunk = chunk_of(task, outs, sizes.rows);
      PanelProduct<T> product;
      product.start = Start::accumulate;
      product.column_depth_stride = product.out_stride = width;
      for (Index at = 0; at < run; at += kDepth) {
        product.depth = std::min(kDepth, run - at);
        for (Index c = 0; c < columns.used(); c += sizes.columns) {
          product.column_count = std::min(sizes.columns, columns.used() - c);
          for (Index step = 0; step < steps; ++step) {
            product.columns = columns.at(chunk.group, step, at) + c;
            for (Index r = chunk.first; r < chunk.first + chunk.count; r += sizes.rows) {
              product.row_count = std::min(sizes.rows, outs - r);
              product.rows = rows.panel(chunk.group, r) + at * product.row_count;
              product.out = sums.data() + ((chunk.group * steps + step) * outs + r) * width + c;
              multiply_panels(product);
            }
          }
        }
      }
    });
  }
  // Sums are [group, step, out, column], a column being channel and tap within the step.
  const Index ins = layer.in_per_group(), fold = columns.fold(), taps = layer.taps();
  run_tasks(workers, layer.out_channels, [&](Index o, int) {
    T* to = kernel + o * ins * taps;
    for (Index step = 0; step < steps; ++step) {
      const T* from =
          sums.data() + ((o / outs * steps + step) * outs + o % outs) * width;
      for (Index i = 0; i < ins; ++i) {
        for (Index j = 0; j < fold; ++j) to[i * taps + step * fold + j] = from[i * fold + j];
      }
    }
  });
}

#define FALTUNG_TAP_PRODUCTS(T)                                                                  \
  template void correlate_by_products(const TapLayer&, const View<const T>&, const T*, const T*, \
                                      const View<T>&, Workers*);                                 \
  template void adjoint_by_products(const TapLayer&, const View<const T>&, const T*, const T*,   \
                                    const View<T>&, Workers*);                                   \
  template void kernel_by_products(const TapLayer&, const View<const T>&, const View<const T>&,  \
                                   T*, Workers*);
FALTUNG_TAP_PRODUCTS(float)
FALTUNG_TAP_PRODUCTS(double)

}  // namespace faltung
