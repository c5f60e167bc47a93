// A layer's taps between planes that lie where they are, in the three directions of tap_sums.h.
#include "engine/layers/tap_planes.h"

#include <algorithm>

#include "engine/simd/plane_taps.h"

namespace faltung {
namespace {

constexpr Index kLeastWork = Index{1} << 18;  // multiply-adds of a task: handing it over costs 1 µs
constexpr Index kLongRow = 16;  // taps: pieces of three pass over a signal too often

// Planes of the last two axes that a tap of the others joins: their first samples and first tap.
struct PlanePair {
  Index out, in, tap;
};

void find_pairs(const TapAxes& axes, std::size_t axis, PlanePair at,
                std::vector<PlanePair>* pairs) {
  const TapAxis& a = axes[axis];
  at = {at.out * a.out, at.in * a.in, at.tap * a.taps};
  if (axis + 2 == axes.size()) {
    const TapAxis& along = axes.back();
    return pairs->push_back({at.out * along.out, at.in * along.in, at.tap * along.taps});
  }
  for (Index m = 0; m < a.out; ++m) {
    const Range inside = a.taps_inside(m, 0, a.in);
    for (Index j = inside.first; j <= inside.last; ++j) {
      find_pairs(axes, axis + 1, {at.out + m, at.in + a.input(m, j), at.tap + j}, pairs);
    }
  }
}

// What is the same for every pair of channels.
struct Joints {
  explicit Joints(TapAxes axes) {
    if (axes.size() == 1) axes.insert(axes.begin(), TapAxis{});
    find_pairs(axes, 0, {}, &pairs);
    const TapAxis &down = axes[axes.size() - 2], &along = axes.back();
    taps = {down.out,      along.out,      along.out,  down.in,
            along.in,      along.in,       down.taps,  along.taps,
            down.dilation, along.dilation, down.before, along.before};
    alone = axes.size() == 2;
  }
  std::vector<PlanePair> pairs;
  PlaneTaps taps;
  bool alone;  // every output is met by one pair
};

// Calls body(task) for [0, count) in parts that are worth handing over.
template <class Body>
void in_parts(Workers* workers, Index count, Index work, Body&& body) {
  const Index each = 1 + kLeastWork / std::max<Index>(1, work);
  run_tasks(workers, ceil_divide(count, each), [&](Index part, int) {
    const Index end = std::min(count, (part + 1) * each);
    for (Index task = part * each; task < end; ++task) body(task);
  });
}

// The adjoint of a layer of stride 1, without its kernel.
TapLayer adjoint(const TapLayer& layer) {
  TapLayer result = layer;
  std::swap(result.in_channels, result.out_channels);
  for (TapAxis& a : result.axes) {
    std::swap(a.in, a.out);
    a.before = (a.taps - 1) * a.dilation - a.before;
  }
  return result;
}

// [in channel, out channel / groups, tap…], every kernel backwards.
template <class T>
std::vector<T> exchanged(const TapLayer& layer, const T* kernel) {
  const Index ins = layer.in_per_group(), outs = layer.out_per_group(), taps = layer.taps();
  std::vector<T> result(static_cast<std::size_t>(layer.in_channels * outs * taps));
  T* to = result.data();
  for (Index channel = 0; channel < layer.in_channels; ++channel) {
    const Index first = channel / ins * outs, i = channel % ins;
    for (Index o = first; o < first + outs; ++o, to += taps) {
      const T* from = kernel + (o * ins + i) * taps;
      std::reverse_copy(from, from + taps, to);
    }
  }
  return result;
}

}  // namespace

bool suits_planes(const TapLayer& given) {
  const TapLayer layer = merged(given);
  if (layer.axes.size() == 1 && layer.axes.front().taps > kLongRow) return false;
  return std::all_of(layer.axes.begin(), layer.axes.end(),
                     [](const TapAxis& a) { return a.stride == 1; });
}

template <class T>
void correlate_by_planes(const TapLayer& given, const View<const T>& in, const T* kernel,
                         const T* bias, const View<T>& out, Workers* workers) {
  const TapLayer layer = merged(given);
  const Joints joints(layer.axes);
  const Index ins = layer.in_per_group(), taps = layer.taps(), size = plane_size(out);
  in_parts(workers, in.extent(0) * layer.out_channels, ins * taps * size, [&](Index task) {
    const Index item = task / layer.out_channels, o = task % layer.out_channels;
    const Index base = o / layer.out_per_group() * ins;
    const T own = bias ? bias[o] : T{0};
    T* to = plane(out, item, o);
    Start start = joints.alone ? Start::bias : Start::accumulate;
    if (!joints.alone) std::fill_n(to, size, own);
    for (Index i = 0; i < ins; ++i) {
      const T *from = plane(in, item, base + i), *weights = kernel + (o * ins + i) * taps;
      for (const PlanePair& pair : joints.pairs) {
        weigh_taps(joints.taps, from + pair.in, weights + pair.tap, start, own, to + pair.out);
      }
      start = Start::accumulate;
    }
  });
}

template <class T>
void adjoint_by_planes(const TapLayer& layer, const View<const T>& out, const T* kernel,
                       const T* bias, const View<T>& in, Workers* workers) {
  correlate_by_planes(adjoint(layer), out, exchanged(layer, kernel).data(), bias, in, workers);
}

template <class T>
void kernel_by_planes(const TapLayer& given, const View<const T>& in, const View<const T>& out,
                      T* kernel, Workers* workers) {
  const TapLayer layer = merged(given);
  const Joints joints(layer.axes);
  const Index ins = layer.in_per_group(), taps = layer.taps();
  const Index work = in.extent(0) * taps * plane_size(out);
  in_parts(workers, layer.out_channels * ins, work, [&](Index task) {
    const Index o = task / ins, i = o / layer.out_per_group() * ins + task % ins;
    std::vector<double> sums(static_cast<std::size_t>(taps));
    for (Index item = 0; item < in.extent(0); ++item) {
      const T *from = plane(in, item, i), *outputs = plane(out, item, o);
      for (const PlanePair& pair : joints.pairs) {
        dot_taps(joints.taps, from + pair.in, outputs + pair.out, sums.data() + pair.tap);
      }
    }
    std::transform(sums.begin(), sums.end(), kernel + task * taps,
                   [](double sum) { return static_cast<T>(sum); });
  });
}

#define FALTUNG_TAP_PLANES(T)                                                                     \
  template void correlate_by_planes(const TapLayer&, const View<const T>&, const T*, const T*,    \
                                    const View<T>&, Workers*);                                    \
  template void adjoint_by_planes(const TapLayer&, const View<const T>&, const T*, const T*,      \
                                  const View<T>&, Workers*);                                      \
  template void kernel_by_planes(const TapLayer&, const View<const T>&, const View<const T>&, T*, \
                                 Workers*);
FALTUNG_TAP_PLANES(float)
FALTUNG_TAP_PLANES(double)

}  // namespace faltung
