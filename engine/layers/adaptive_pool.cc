// Adaptive pooling of whole arrays: the outputs are given, windows follow.
#include "engine/layers/adaptive_pool.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace faltung {
namespace {

constexpr Index kMostOutputs = Index{1} << 30;  // along an axis: times an extent it is an Index

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

struct AdaptiveAxis {
  Index in = 1, out = 1;
  Index first(Index m) const noexcept { return m * in / out; }
  Index end(Index m) const noexcept { return ((m + 1) * in - 1) / out + 1; }
};

using AdaptiveAxes = std::vector<AdaptiveAxis>;

template <class In, class Out>
AdaptiveAxes checked_axes(const View<In>& in, const View<Out>& out) {
  check_planes("the adaptive pool's input", in);
  check_planes("the adaptive pool's output", out);
  check_extents("the adaptive pool's output", out.extents(),
                adaptive_extents(in.extents(), out.extents().from(2)));
  AdaptiveAxes axes;
  for (int axis = 2; axis < in.rank(); ++axis) axes.push_back({in.extent(axis), out.extent(axis)});
  return axes;
}

// Calls body(output, first input, count) for every run of every window, windows and runs in
// row-major order; `axis`, `out` and the ranges so far are the recursion's.
template <class Body>
void for_each_window_run(const AdaptiveAxes& axes, const Shape& m, Index out, Body& body,
                         std::size_t axis = 0, Index in = 0) {
  const AdaptiveAxis& a = axes[axis];
  const Index first = a.first(m[static_cast<int>(axis)]), end = a.end(m[static_cast<int>(axis)]);
  if (axis + 1 == axes.size()) return body(out, in * a.in + first, end - first);
  for (Index i = first; i < end; ++i) {
    for_each_window_run(axes, m, out, body, axis + 1, in * a.in + i);
  }
}

template <class Body>
void for_each_run(const AdaptiveAxes& axes, Body body) {
  Shape outputs;
  for (const AdaptiveAxis& a : axes) outputs.push_back(a.out);
  Index out = 0;
  for_each_position(outputs, [&](const Shape& m) { for_each_window_run(axes, m, out++, body); });
}

// 1 / samples in the window, for every output of a plane.
std::vector<double> window_weights(const AdaptiveAxes& axes) {
  std::vector<double> weights{1.0};
  for (const AdaptiveAxis& a : axes) {
    std::vector<double> next;
    for (double count : weights) {
      for (Index m = 0; m < a.out; ++m) {
        next.push_back(count * static_cast<double>(a.end(m) - a.first(m)));
      }
    }
    weights = std::move(next);
  }
  for (double& weight : weights) weight = 1 / weight;
  return weights;
}

}  // namespace

Shape adaptive_extents(const Shape& in, const Shape& extents) {
  const int rank = in.rank() - 2;
  if (extents.rank() != 1 && extents.rank() != rank) {
    refuse("adaptive pooling has " + std::to_string(extents.rank()) +
           " output extents; allowed: one for all axes, or one for each of " +
           std::to_string(rank));
  }
  Shape result = in.to(2);
  for (int axis = 0; axis < rank; ++axis) {
    result.push_back(extents[extents.rank() == 1 ? 0 : axis]);
    if (result.back() < 1 || result.back() > kMostOutputs) {
      refuse("adaptive pooling to " + std::to_string(result.back()) +
             " outputs; allowed: 1 to 2^30");
    }
  }
  return result;
}

template <class T>
void adaptive_max_pool(const View<const T>& in, const View<T>& out, const View<Index>& indices,
                       Workers* workers) {
  const AdaptiveAxes axes = checked_axes(in, out);
  if (indices.data()) {
    check_planes("the adaptive pool's index array", indices);
    check_extents("the adaptive pool's index array", indices.extents(), out.extents());
  }
  const Index size = plane_size(out);
  for_each_plane(out.extents(), workers, [&](Index item, Index channel) {
    const T* x = plane(in, item, channel);
    T* y = plane(out, item, channel);
    std::vector<Index> own(indices.data() ? 0 : static_cast<std::size_t>(size));
    Index* where = indices.data() ? plane(indices, item, channel) : own.data();
    std::fill(where, where + size, Index{-1});
    for_each_run(axes, [&](Index m, Index first, Index count) {
      for (Index at = first; at < first + count; ++at) {
        if (where[m] >= 0 && !(x[at] > y[m]) && x[at] == x[at]) continue;
        y[m] = x[at];
        where[m] = at;
      }
    });
  });
}

template <class T>
void adaptive_average_pool(const View<const T>& in, const View<T>& out, Workers* workers) {
  const AdaptiveAxes axes = checked_axes(in, out);
  const std::vector<double> weights = window_weights(axes);
  for_each_plane(out.extents(), workers, [&](Index item, Index channel) {
    const T* x = plane(in, item, channel);
    T* y = plane(out, item, channel);
    std::fill(y, y + weights.size(), T{0});
    for_each_run(axes, [&](Index m, Index first, Index count) {
      for (Index at = first; at < first + count; ++at) y[m] += x[at];
    });
    for (double weight : weights) *y++ *= static_cast<T>(weight);
  });
}

template <class T>
void adaptive_average_pool_gradient(const View<const T>& out_gradient, const View<T>& in_gradient,
                                    Workers* workers) {
  const AdaptiveAxes axes = checked_axes(in_gradient, out_gradient);
  const std::vector<double> weights = window_weights(axes);
  const Index size = plane_size(in_gradient);
  for_each_plane(in_gradient.extents(), workers, [&](Index item, Index channel) {
    const T* from = plane(out_gradient, item, channel);
    T* to = plane(in_gradient, item, channel);
    std::fill(to, to + size, T{0});
    for_each_run(axes, [&](Index m, Index first, Index count) {
      const T share = from[m] * static_cast<T>(weights[static_cast<std::size_t>(m)]);
      for (Index at = first; at < first + count; ++at) to[at] += share;
    });
  });
}

#define FALTUNG_ADAPTIVE_POOL(T)                                                                 \
  template void adaptive_max_pool(const View<const T>&, const View<T>&, const View<Index>&,      \
                                  Workers*);                                                     \
  template void adaptive_average_pool(const View<const T>&, const View<T>&, Workers*);           \
  template void adaptive_average_pool_gradient(const View<const T>&, const View<T>&, Workers*);
FALTUNG_ADAPTIVE_POOL(float)
FALTUNG_ADAPTIVE_POOL(double)

}  // namespace faltung
