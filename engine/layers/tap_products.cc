// A layer's taps as products of matrices, in the three directions of tap_sums.h.
#include "engine/layers/tap_products.h"

#include <algorithm>

#include "engine/layers/phase_grid.h"
#include "engine/layers/tap_panels.h"
#include "engine/nd/array.h"
#include "engine/simd/multiply_panels.h"
#include "engine/simd/transpose.h"

namespace faltung {
namespace {

constexpr Index kDepth = 256;         // of one product: a panel of columns stays in level 1
constexpr Index kChunk = 2;           // row panels of a task: what they add to stays in level 2
constexpr Index kLeastChannels = 16;  // pairs in a group
constexpr Index kMostPacked = Index{8} << 20;  // bytes of packed items, one item at least: level 3
constexpr Index kTasksEach = 3;       // for a thread, where items can be shared out

Index pieces(Index count, Index size) { return (count + size - 1) / size; }

// One side's channels, chunk by chunk, and the items in blocks that fit level 3.
class Chunks {
 public:
  Chunks(Index groups, Index rows, Index panel, Index items, Index item_bytes,
         const Workers* workers)
      : rows_(rows),
        chunk_(std::min(rows, kChunk * panel)),
        chunks_(pieces(rows, chunk_)),
        tasks_(groups * chunks_),
        at_once_(std::clamp<Index>(kMostPacked / std::max<Index>(1, item_bytes), 1,
                                   std::max<Index>(1, items))),
        splits_(std::clamp<Index>(pieces(kTasksEach * slots_of(workers), tasks_), 1, at_once_)) {}

  Index rows() const { return chunk_; }       // of a chunk, at most
  Index at_once() const { return at_once_; }  // items of a block
  Index tasks() const { return tasks_; }      // chunks of all groups
  Index splits() const { return splits_; }    // tasks that share a chunk's items

  struct Part {
    Index group, row, rows;
  };
  Part part(Index task) const {
    const Index row = task % chunks_ * chunk_;
    return {task / chunks_, row, std::min(chunk_, rows_ - row)};
  }

 private:
  Index rows_, chunk_, chunks_, tasks_, at_once_, splits_;
};

template <class T>
std::vector<Buffer<T>> scratch(Workers* workers, Index size) {
  std::vector<Buffer<T>> result;
  for (int slot = 0; slot < slots_of(workers); ++slot) result.push_back(Buffer<T>::unfilled(size));
  return result;
}

// What is ready for one item and some rows of a group.
template <class T>
struct Share {
  Index item, channel, rows, panel;  // `channel`: of the first row
  const T* columns;                  // of the group that is read
  const T* weights;                  // pack_weights
  T* sums;                           // as many for each row as was asked for
};

// One side of a layer that is read, and how.
struct Side {
  Index items, channels;
  Index size;      // samples of a channel once it is packed
  Index sums_each;  // for each row of the other side
};

// Calls fill(item, channel, to) for every channel that is read, and compute(share) for every item
// and chunk of rows, in blocks of items.
template <class T, class Fill, class Compute>
void for_each_share(Index groups, const WeightLayout& layout, const T* kernel, const Side& side,
                    Workers* workers, Fill&& fill, Compute&& compute) {
  const Index panel = panel_rows<T>(layout.rows), beyond = panel_sizes<T>().columns;
  const Index item_size = side.channels * side.size, group_size = layout.depth * side.size;
  const Chunks chunks(groups, layout.rows, panel, side.items,
                      item_size * static_cast<Index>(sizeof(T)), workers);
  const Index packed = chunks.rows() * layout.taps * layout.depth;
  auto columns = Buffer<T>::unfilled(chunks.at_once() * item_size + beyond);
  std::fill_n(columns.end() - beyond, beyond, T{0});
  std::vector<Buffer<T>> scratches =
      scratch<T>(workers, packed + chunks.rows() * side.sums_each);
  for (Index first = 0; first < side.items; first += chunks.at_once()) {
    const Index items = std::min(chunks.at_once(), side.items - first);
    run_tasks(workers, items * side.channels, [&](Index c, int) {
      fill(first + c / side.channels, c % side.channels, columns.data() + c * side.size);
    });
    run_tasks(workers, chunks.tasks() * chunks.splits(), [&](Index task, int slot) {
      const Chunks::Part part = chunks.part(task / chunks.splits());
      const Index split = task % chunks.splits();
      T* weights = scratches[static_cast<std::size_t>(slot)].data();
      pack_weights(kernel + part.group * layout.rows * layout.depth * layout.taps, layout, part.row,
                   part.rows, panel, weights);
      for (Index item = items * split / chunks.splits();
           item < items * (split + 1) / chunks.splits(); ++item) {
        compute(Share<T>{first + item, part.group * layout.rows + part.row, part.rows, panel,
                         columns.data() + item * item_size + part.group * group_size, weights,
                         weights + packed});
      }
    });
  }
}

// Adds the products of a share's weights with one panel of columns, tap by tap. `columns(tap, k)`
// and `out(tap, row)` say where.
template <class T, class Columns, class Out>
void add_taps(const Share<T>& share, const WeightLayout& layout, Columns&& columns, Out&& out,
              PanelProduct<T> product) {
  for (Index tap = 0; tap < layout.taps; ++tap) {
    for (Index k = 0; k < layout.depth; k += kDepth) {
      product.depth = std::min(kDepth, layout.depth - k);
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
    product.column_depth_stride = apart;
    product.out_stride = run;
    for (Index at = 0; at < run; at += wide) {
      product.column_count = std::min(wide, run - at);
      const auto columns = [&](Index tap, Index k) {
        const PhaseGrid::Place& place = grid.taps()[static_cast<std::size_t>(tap)];
        return share.columns + k * apart + place.phase * grid.size() + place.offset + at;
      };
      add_taps(share, layout, columns, [&](Index, Index r) { return share.sums + r * run + at; },
               product);
    }
    for (Index r = 0; r < share.rows; ++r) {
      const Index o = share.channel + r;
      grid.take_out(share.sums + r * run, bias ? bias[o] : T{0}, plane(out, share.item, o));
    }
  };
  for_each_share<T>(layer.groups, layout, kernel, {in.extent(0), layer.in_channels, apart, run},
                    workers, [&](Index item, Index c, T* to) { grid.spread(plane(in, item, c), to); },
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
    product.column_depth_stride = run;
    product.out_stride = there ? in.stride(1) : apart;
    for (Index at = 0; at < run; at += wide) {
      product.column_count = std::min(wide, run - at);
      const auto sums = [&](Index tap, Index r) {
        const PhaseGrid::Place& place = grid.taps()[static_cast<std::size_t>(tap)];
        return to + r * product.out_stride + place.phase * grid.size() + place.offset + at;
      };
      add_taps(share, layout, [&](Index, Index k) { return share.columns + k * run + at; }, sums,
               product);
    }
    for (Index r = 0; r < share.rows && !there; ++r) {
      const Index i = share.channel + r;
      grid.collect(share.sums + r * apart, bias ? bias[i] : T{0}, plane(in, share.item, i));
    }
  };
  for_each_share<T>(layer.groups, layout, kernel,
                    {in.extent(0), layer.out_channels, run, there ? 0 : apart}, workers,
                    [&](Index item, Index c, T* to) { grid.lay_out(plane(out, item, c), to); },
                    compute);
}

template <class T>
void kernel_by_products(const TapLayer& given, const View<const T>& in, const View<const T>& out,
                        T* kernel, Workers* workers) {
  const TapLayer layer = merged(given);
  const PhaseGrid grid(layer.axes);
  const Index ins = layer.in_per_group(), outs = layer.out_per_group(), taps = layer.taps();
  const Index run = grid.outputs(), wide = panel_sizes<T>().columns;
  const Index panel = panel_rows<T>(outs);
  const Index item_size =
      layer.in_channels * grid.phases() * grid.size() + layer.out_channels * run;
  const Chunks chunks(layer.groups, outs, panel, in.extent(0),
                      item_size * static_cast<Index>(sizeof(T)), workers);
  SampleColumns<T> columns(layer, grid, chunks.at_once(), workers);
  OutputRows<T> rows(layer, grid, chunks.at_once(), workers);
  const Index width = columns.width(), steps = columns.steps(), fold = columns.fold();
  const Index step_sums = chunks.rows() * width;
  std::vector<Buffer<T>> scratches = scratch<T>(workers, steps * step_sums);
  // Sums are [step, row, column], a column being channel and tap within the step.
  const auto multiply = [&](const Chunks::Part& part, Index items, T* sums) {
    PanelProduct<T> product;
    product.column_depth_stride = product.out_stride = width;
    const auto add_column_panel = [&](Index item, Index at, Index c) {
      product.column_count = std::min(wide, columns.used() - c);
      for (Index step = 0; step < steps; ++step) {
        product.columns = columns.at(item, part.group, step, at) + c;
        for (Index r = 0; r < part.rows; r += panel) {
          product.row_count = std::min(panel, part.rows - r);
          product.rows = rows.panel(item, part.group, part.row + r) + at * product.row_count;
          product.out = sums + step * step_sums + r * width + c;
          multiply_panels(product);
        }
      }
    };
    for (Index item = 0; item < items; ++item) {
      for (Index at = 0; at < run; at += kDepth) {
        product.depth = std::min(kDepth, run - at);
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
  if (in.extent(0) == 0) std::fill_n(kernel, layer.out_channels * ins * taps, T{0});
  for (Index first = 0; first < in.extent(0); first += chunks.at_once()) {
    const Index items = std::min(chunks.at_once(), in.extent(0) - first);
    columns.take(in, first, items);
    rows.take(out, first, items);
    run_tasks(workers, chunks.tasks(), [&](Index task, int slot) {
      const Chunks::Part part = chunks.part(task);
      T* sums = scratches[static_cast<std::size_t>(slot)].data();
      multiply(part, items, sums);
      for (Index r = 0; r < part.rows; ++r) {
        T* to = kernel + (part.group * outs + part.row + r) * ins * taps;
        write_row(sums + r * width, to, first == 0);
      }
    });
  }
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
