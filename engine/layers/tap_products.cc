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
constexpr double kMostGaps = 3;       // planes with gaps, compared with those without
constexpr Index kLeastChannels = 16;  // pairs in a group
constexpr Index kMostPacked = Index{8} << 20;  // bytes of packed items, one item at least: level 3
constexpr Index kTasksEach = 3;       // for a thread, where items can be shared out

Index pieces(Index count, Index size) { return (count + size - 1) / size; }

// A layer made ready for products: rows of one side's channels, chunk by chunk, items in blocks.
struct Shares {
  Shares(Index groups, Index rows, Index panel, Index items, Index samples, Index size,
         const Workers* workers)
      : rows_(rows),
        chunk_(kChunk * panel),
        chunks_(pieces(rows, chunk_)),
        at_once(std::clamp<Index>(kMostPacked / std::max<Index>(1, samples * size), 1, items)) {
    const Index wanted = pieces(kTasksEach * slots_of(workers), groups * chunks_);
    splits_ = workers ? std::clamp<Index>(wanted, 1, at_once) : 1;
    tasks = groups * chunks_;
  }

  struct Part {
    Index group, row, rows;    // of the chunk
    Index first_item, last_item;  // of those at once
  };
  Part part(Index task, Index items) const {
    const Index chunk = task / splits_ % chunks_, split = task % splits_;
    const Index row = chunk * chunk_;
    return {task / splits_ / chunks_, row, std::min(chunk_, rows_ - row), items * split / splits_,
            items * (split + 1) / splits_};
  }
  Index split_tasks() const { return tasks * splits_; }
  Index chunk_rows() const { return std::min(chunk_, rows_); }

 private:
  Index rows_, chunk_, chunks_, splits_ = 1;

 public:
  Index at_once, tasks = 1;  // items; chunks of all groups
};

template <class T>
std::vector<Buffer<T>> scratch(Workers* workers, Index size) {
  std::vector<Buffer<T>> result;
  for (int slot = 0; slot < slots_of(workers); ++slot) result.push_back(Buffer<T>::unfilled(size));
  return result;
}

// Adds the products of packed weights with one panel of columns, tap by tap. `columns(tap, k)` and
// `out(tap, row)` say where.
template <class T, class Columns, class Out>
void add_taps(const T* weights, const WeightLayout& layout, Index rows, Index panel,
              Columns&& columns, Out&& out, PanelProduct<T> product) {
  for (Index tap = 0; tap < layout.taps; ++tap) {
    for (Index k = 0; k < layout.depth; k += kDepth) {
      product.depth = std::min(kDepth, layout.depth - k);
      product.columns = columns(tap, k);
      for (Index r = 0; r < rows; r += panel) {
        product.row_count = std::min(panel, rows - r);
        product.rows =
            weights + (r * layout.taps + tap * product.row_count) * layout.depth + k * product.row_count;
        product.out = out(tap, r);
        multiply_panels(product);
        if (product.bias) product.bias += product.row_count;
      }
      product.start = Start::accumulate;
      product.bias = nullptr;
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
  const Index ins = layer.in_per_group(), outs = layer.out_per_group(), taps = layer.taps();
  const Index apart = grid.phases() * grid.size(), run = grid.outputs();
  const Index wide = panel_sizes<T>().columns, panel = panel_rows<T>(outs);
  const WeightLayout layout{outs, ins * taps, ins, taps, taps};
  const Shares shares(layer.groups, outs, panel, in.extent(0), layer.in_channels * apart,
                      sizeof(T), workers);
  const Index packed = shares.chunk_rows() * taps * ins;
  auto planes = Buffer<T>::unfilled(shares.at_once * layer.in_channels * apart + wide);
  std::fill_n(planes.end() - wide, wide, T{0});
  std::vector<Buffer<T>> scratches = scratch<T>(workers, packed + shares.chunk_rows() * run);
  for (Index first = 0; first < in.extent(0); first += shares.at_once) {
    const Index items = std::min(shares.at_once, in.extent(0) - first);
    run_tasks(workers, items * layer.in_channels, [&](Index c, int) {
      grid.spread(plane(in, first + c / layer.in_channels, c % layer.in_channels),
                  planes.data() + c * apart);
    });
    run_tasks(workers, shares.split_tasks(), [&](Index task, int slot) {
      const auto part = shares.part(task, items);
      T* weights = scratches[static_cast<std::size_t>(slot)].data();
      T* sums = weights + packed;
      pack_weights(kernel + part.group * outs * ins * taps, layout, part.row, part.rows, panel,
                   weights);
      PanelProduct<T> product;
      product.column_depth_stride = apart;
      product.out_stride = run;
      for (Index item = part.first_item; item < part.last_item; ++item) {
        const T* mine = planes.data() + (item * layer.in_channels + part.group * ins) * apart;
        for (Index at = 0; at < run; at += wide) {
          product.column_count = std::min(wide, run - at);
          add_taps(
              weights, layout, part.rows, panel,
              [&](Index tap, Index k) {
                const PhaseGrid::Place& place = grid.taps()[static_cast<std::size_t>(tap)];
                return mine + k * apart + place.phase * grid.size() + place.offset + at;
              },
              [&](Index, Index r) { return sums + r * run + at; }, product);
        }
        for (Index r = 0; r < part.rows; ++r) {
          const Index o = part.group * outs + part.row + r;
          grid.take_out(sums + r * run, bias ? bias[o] : T{0}, plane(out, first + item, o));
        }
      }
    });
  }
}

template <class T>
void adjoint_by_products(const TapLayer& given, const View<const T>& out, const T* kernel,
                         const T* bias, const View<T>& in, Workers* workers) {
  const TapLayer layer = merged(given);
  const PhaseGrid grid(layer.axes);
  const Index ins = layer.in_per_group(), outs = layer.out_per_group(), taps = layer.taps();
  const Index apart = grid.phases() * grid.size(), run = grid.outputs();
  const Index wide = panel_sizes<T>().columns, panel = panel_rows<T>(ins);
  const WeightLayout layout{ins, taps, outs, ins * taps, taps};
  const Shares shares(layer.groups, ins, panel, in.extent(0), layer.out_channels * run, sizeof(T),
                      workers);
  const Index packed = shares.chunk_rows() * taps * outs;
  auto columns = Buffer<T>::unfilled(shares.at_once * layer.out_channels * run + wide);
  std::fill_n(columns.end() - wide, wide, T{0});
  std::vector<Buffer<T>> scratches = scratch<T>(workers, packed + shares.chunk_rows() * apart);
  for (Index first = 0; first < in.extent(0); first += shares.at_once) {
    const Index items = std::min(shares.at_once, in.extent(0) - first);
    run_tasks(workers, items * layer.out_channels, [&](Index c, int) {
      grid.lay_out(plane(out, first + c / layer.out_channels, c % layer.out_channels),
                   columns.data() + c * run);
    });
    run_tasks(workers, shares.split_tasks(), [&](Index task, int slot) {
      const auto part = shares.part(task, items);
      T* weights = scratches[static_cast<std::size_t>(slot)].data();
      T* sums = weights + packed;
      pack_weights(kernel + part.group * outs * ins * taps, layout, part.row, part.rows, panel,
                   weights);
      const Index channel = part.group * ins + part.row;
      const bool there = grid.inputs_lie_so();  // sums go where they belong
      PanelProduct<T> product;
      product.start = there ? Start::bias : Start::accumulate;
      product.bias = there && bias ? bias + channel : nullptr;
      product.column_depth_stride = run;
      product.out_stride = there ? in.stride(1) : apart;
      for (Index item = part.first_item; item < part.last_item; ++item) {
        const T* mine = columns.data() + (item * layer.out_channels + part.group * outs) * run;
        T* to = there ? plane(in, first + item, channel) : sums;
        if (!there) std::fill_n(sums, part.rows * apart, T{0});
        for (Index at = 0; at < run; at += wide) {
          product.column_count = std::min(wide, run - at);
          add_taps(
              weights, layout, part.rows, panel, [&](Index, Index k) { return mine + k * run + at; },
              [&](Index tap, Index r) {
                const PhaseGrid::Place& place = grid.taps()[static_cast<std::size_t>(tap)];
                return to + r * product.out_stride + place.phase * grid.size() + place.offset + at;
              },
              product);
        }
        for (Index r = 0; r < part.rows && !there; ++r) {
          grid.collect(sums + r * apart, bias ? bias[channel + r] : T{0},
                       plane(in, first + item, channel + r));
        }
      }
    });
  }
}

template <class T>
void kernel_by_products(const TapLayer& given, const View<const T>& in, const View<const T>& out,
                        T* kernel, Workers* workers) {
  const TapLayer layer = merged(given);
  const PhaseGrid grid(layer.axes);
  const Index ins = layer.in_per_group(), outs = layer.out_per_group(), taps = layer.taps();
  const Index run = grid.outputs(), wide = panel_sizes<T>().columns;
  const Index panel = panel_rows<T>(outs);
  const Shares shares(layer.groups, outs, panel, in.extent(0),
                      layer.in_channels * grid.phases() * grid.size() + layer.out_channels * run,
                      sizeof(T), workers);
  SampleColumns<T> columns(layer, grid, shares.at_once, workers);
  OutputRows<T> rows(layer, grid, shares.at_once, workers);
  const Index width = columns.width(), steps = columns.steps(), fold = columns.fold();
  const Index step_sums = shares.chunk_rows() * width;
  std::vector<Buffer<T>> scratches = scratch<T>(workers, steps * step_sums);
  for (Index first = 0; first < in.extent(0); first += shares.at_once) {
    const Index items = std::min(shares.at_once, in.extent(0) - first);
    columns.take(in, first, items);
    rows.take(out, first, items);
    run_tasks(workers, shares.tasks, [&](Index task, int slot) {
      const auto part = shares.part(task * (shares.split_tasks() / shares.tasks), items);
      T* sums = scratches[static_cast<std::size_t>(slot)].data();
      PanelProduct<T> product;
      product.column_depth_stride = product.out_stride = width;
      for (Index item = 0; item < items; ++item) {
        for (Index at = 0; at < run; at += kDepth) {
          product.depth = std::min(kDepth, run - at);
          for (Index c = 0; c < columns.used(); c += wide) {
            product.column_count = std::min(wide, columns.used() - c);
            for (Index step = 0; step < steps; ++step) {
              product.columns = columns.at(item, part.group, step, at) + c;
              for (Index r = 0; r < part.rows; r += panel) {
                product.row_count = std::min(panel, part.rows - r);
                product.rows =
                    rows.panel(item, part.group, part.row + r) + at * product.row_count;
                product.out = sums + step * step_sums + r * width + c;
                multiply_panels(product);
              }
            }
          }
          product.start = Start::accumulate;
        }
      }
      // [step, row, column], a column being channel and tap within the step.
      for (Index r = 0; r < part.rows; ++r) {
        T* to = kernel + (part.group * outs + part.row + r) * ins * taps;
        if (fold == 1 && first == 0) {
          transpose(sums + r * width, steps, ins, step_sums, to, steps);
          continue;
        }
        for (Index i = 0; i < ins; ++i) {
          for (Index step = 0; step < steps; ++step) {
            const T* from = sums + step * step_sums + r * width + i * fold;
            for (Index j = 0; j < fold; ++j, ++to) *to = first == 0 ? from[j] : *to + from[j];
          }
        }
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
