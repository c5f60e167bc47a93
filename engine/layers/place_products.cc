// The adjoint of a layer of stride 1 with small planes and many channels.
#include "engine/layers/place_products.h"

#include "engine/layers/channel_chunks.h"
#include "engine/layers/phase_grid.h"
#include "engine/layers/tap_panels.h"
#include "engine/simd/multiply_panels.h"
#include "engine/simd/transpose.h"

namespace faltung {
namespace {

constexpr Index kMostPlaces = 256;      // of points; of windows, whose outputs are packed once for
constexpr Index kMostWindowPlaces = 64;  // each tap
constexpr Index kLeastChannels = 32;    // a panel's columns
constexpr Index kLeastPairs = 1024;     // of channels in a group
constexpr Index kMostSums = Index{256} << 10;  // bytes of a task, one item at least: level 2

// The adjoint as a layer that reads outputs; tap t of the kernel is its tap taps − 1 − t.
TapAxes reversed(TapAxes axes) {
  for (TapAxis& a : axes) {
    std::swap(a.in, a.out);
    a.before = (a.taps - 1) * a.dilation - a.before;
  }
  return axes;
}

// One call's arrays and extents.
template <class T>
struct Call {
  const PhaseGrid& grid;
  Index groups, ins, outs, taps, size;  // channels of a group; places of a plane
  Index panel, wide;                    // places and channels of a panel
  View<const T> out;
  const T *kernel, *bias;
  View<T> in;

  Index items_at_once() const {
    const Index each = static_cast<Index>(sizeof(T)) * size;
    const Index most = std::min(kMostSums / (each * wide), kMostPacked / (each * item_rows()));
    return std::clamp<Index>(most, 1, std::max<Index>(1, in.extent(0)));
  }
  Index item_rows() const { return groups * taps * outs; }  // packed
};

// One item and group of outputs as row panels: [tap, panel, channel, place of the panel].
template <class T>
void pack_outputs(const Call<T>& c, Index item, Index group, T* phases, T* to) {
  const T* from = plane(c.out, item, group * c.outs);
  WeightLayout layout{c.size, 1, c.outs, c.out.stride(1), 1};
  if (!c.grid.inputs_lie_so()) {
    layout.depth_stride = c.grid.phases() * c.grid.size();
    for (Index o = 0; o < c.outs; ++o) {
      c.grid.spread(plane(c.out, item, group * c.outs + o), phases + o * layout.depth_stride);
    }
    from = phases;
  }
  for (Index tap = 0; tap < c.taps; ++tap) {
    const PhaseGrid::Place& place = c.grid.taps()[static_cast<std::size_t>(c.taps - 1 - tap)];
    pack_weights(from + place.phase * c.grid.size() + place.offset, layout, 0, c.size, c.panel,
                 to + tap * c.outs * c.size);
  }
}

// Weights of some output channels and `count` input channels: [tap, output channel, input channel].
template <class T>
void pack_kernel(const Call<T>& c, const T* from, Index depth, Index count, T* to) {
  if (c.taps == 1) {
    std::vector<SampleRun> runs;
    for (Index k = 0; k < depth; ++k) runs.push_back({k * c.ins, k * c.wide, count});
    return copy_runs(from, 1, runs.data(), depth, Slack::none, kProductDepth * c.ins, to);
  }
  for (Index k = 0; k < depth; ++k) {
    transpose(from + k * c.ins * c.taps, count, c.taps, c.taps, to + k * c.wide,
              kProductDepth * c.wide);
  }
}

// sums[item, place, channel] for the input channels [channel, channel + count) of a group.
template <class T>
void sum_channels(const Call<T>& c, Index group, Index channel, Index count, const T* rows,
                  Index items, T* weights, T* sums) {
  PanelProduct<T> product;
  product.column_count = count;
  product.column_depth_stride = product.out_stride = c.wide;
  for (Index k = 0; k < c.outs; k += kProductDepth) {
    product.depth = std::min(kProductDepth, c.outs - k);
    pack_kernel(c, c.kernel + ((group * c.outs + k) * c.ins + channel) * c.taps, product.depth,
                count, weights);
    for (Index tap = 0; tap < c.taps; ++tap) {
      product.columns = weights + tap * kProductDepth * c.wide;
      for (Index item = 0; item < items; ++item) {
        const T* panels = rows + ((item * c.groups + group) * c.taps + tap) * c.outs * c.size;
        for (Index n = 0; n < c.size; n += c.panel) {
          product.row_count = std::min(c.panel, c.size - n);
          product.rows = panels + n * c.outs + k * product.row_count;
          product.out = sums + (item * c.size + n) * c.wide;
          multiply_panels(product);
        }
      }
      product.start = Start::accumulate;
    }
  }
}

template <class T>
void write_channels(const Call<T>& c, Index first, Index channel, Index count, Index items,
                    const T* sums) {
  for (Index item = 0; item < items; ++item) {
    transpose(sums + item * c.size * c.wide, c.size, count, c.wide,
              plane(c.in, first + item, channel), c.in.stride(1));
    for (Index i = channel; c.bias && i < channel + count; ++i) {
      T* to = plane(c.in, first + item, i);
      for (Index n = 0; n < c.size; ++n) to[n] += c.bias[i];
    }
  }
}

}  // namespace

bool suits_place_products(const TapLayer& given) {
  const TapLayer layer = merged(given);
  if (layer.axes.size() > 2) return false;
  Index places = 1;
  for (const TapAxis& a : layer.axes) {
    if (a.stride != 1) return false;
    places *= std::min(a.in, kMostPlaces + 1);
  }
  if (places > (layer.taps() == 1 ? kMostPlaces : kMostWindowPlaces)) return false;
  const Index ins = layer.in_per_group();
  return ins >= kLeastChannels && ins * layer.out_per_group() >= kLeastPairs &&
         has_few_gaps(reversed(layer.axes));
}

template <class T>
void adjoint_by_place_products(const TapLayer& given, const View<const T>& out, const T* kernel,
                               const T* bias, const View<T>& in, Workers* workers) {
  const TapLayer layer = merged(given);
  const PhaseGrid grid(reversed(layer.axes), Gaps::none);
  const Index size = plane_size(in), ins = layer.in_per_group(), outs = layer.out_per_group();
  const Call<T> c{grid, layer.groups, ins, outs, layer.taps(), size, panel_rows<T>(size),
                  panel_sizes<T>().columns, out, kernel, bias, in};
  const Index at_once = c.items_at_once(), panels = pieces(ins, c.wide);
  const Index weights_size = c.taps * kProductDepth * c.wide;
  auto rows = Buffer<T>::unfilled(at_once * c.item_rows() * size);
  std::vector<Buffer<T>> scratch;
  for (int slot = 0; slot < slots_of(workers); ++slot) {
    scratch.emplace_back(std::max(weights_size + at_once * size * c.wide,
                                  outs * grid.phases() * grid.size()));
  }
  for (Index first = 0; first < in.extent(0); first += at_once) {
    const Index items = std::min(at_once, in.extent(0) - first);
    run_tasks(workers, items * c.groups, [&](Index task, int slot) {
      pack_outputs(c, first + task / c.groups, task % c.groups,
                   scratch[static_cast<std::size_t>(slot)].data(),
                   rows.data() + task * c.taps * outs * size);
    });
    run_tasks(workers, c.groups * panels, [&](Index task, int slot) {
      const Index group = task / panels, channel = task % panels * c.wide;
      const Index count = std::min(c.wide, ins - channel);
      T* weights = scratch[static_cast<std::size_t>(slot)].data();
      T* sums = weights + weights_size;
      sum_channels(c, group, channel, count, rows.data(), items, weights, sums);
      write_channels(c, first, group * ins + channel, count, items, sums);
    });
  }
}

template void adjoint_by_place_products(const TapLayer&, const View<const float>&, const float*,
                                        const float*, const View<float>&, Workers*);
template void adjoint_by_place_products(const TapLayer&, const View<const double>&, const double*,
                                        const double*, const View<double>&, Workers*);

}  // namespace faltung
