// The moving window of a pooling layer: extents, edges and refusals, the same for every kind.
#include "engine/layers/pool_window.h"

#include "engine/nd/view.h"

namespace faltung {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

void check_count(const char* what, int given, int rank) {
  if (given == 1 || given == rank) return;
  refuse(std::string("pool ") + what + " has " + std::to_string(given) +
         " entries; allowed: one for all axes, or one for each of " + std::to_string(rank));
}

Index entry(const char* what, const Shape& given, int axis, int rank) {
  check_count(what, given.rank(), rank);
  const Index value = given[given.rank() == 1 ? 0 : axis];
  if (value < 1 || value > (Index{1} << 40)) {
    refuse(std::string("pool ") + what + " is " + given.text() + "; allowed: 1 to 2^40");
  }
  return value;
}

Padding padding_entry(const PoolWindow& window, int axis, int rank) {
  if (window.padding.empty()) return {};
  check_count("padding", static_cast<int>(window.padding.size()), rank);
  return window.padding[window.padding.size() == 1 ? 0 : static_cast<std::size_t>(axis)];
}

// Padding below the window's extent is not enough: dilated taps can straddle a short signal.
void check_every_window(const TapAxis& a, const std::string& where) {
  for (Index m = 0; m < a.out; ++m) {
    const Range inside = a.taps_inside(m, 0, a.in);
    if (inside.first <= inside.last) continue;
    refuse("pool window " + std::to_string(m) + where +
           " has no sample of the signal in it; less padding or dilation is needed");
  }
}

TapAxis pool_axis(Index n, const PoolWindow& window, int axis, int rank) {
  const std::string where = " of axis " + std::to_string(axis);
  TapAxis a;
  a.in = n;
  a.taps = entry("size", window.size, axis, rank);
  a.stride = window.stride.rank() == 0 ? a.taps : entry("stride", window.stride, axis, rank);
  a.dilation = window.dilation.rank() == 0 ? 1 : entry("dilation", window.dilation, axis, rank);
  if (a.taps > 1 && a.dilation > (Index{1} << 40) / (a.taps - 1)) {
    refuse("pool size times dilation" + where + " is above 2^40");
  }
  const Padding padding = padding_entry(window, axis, rank);
  const Index e = dilated_extent(a.taps, a.dilation);
  if (padding.before < 0 || padding.after < 0 || padding.before >= e || padding.after >= e) {
    refuse("pool padding" + where + " is " + std::to_string(padding.before) + ", " +
           std::to_string(padding.after) + "; allowed: 0 to " + std::to_string(e - 1) +
           ", below the window's extent");
  }
  a.before = padding.before;
  a.out = pool_extent(n, padding, e, a.stride, window.ceil);
  if (a.out < 1) {
    refuse("a pool window of extent " + std::to_string(e) + " does not fit into the " +
           std::to_string(n + padding.before + padding.after) + " padded samples" + where);
  }
  check_every_window(a, where);
  return a;
}

}  // namespace

PoolWindow global_window(const Shape& in) { return {in.from(2), {}, {}, {}, false}; }

TapAxes pool_axes(const Shape& in, const PoolWindow& window) {
  TapAxes axes;
  const int rank = in.rank() - 2;
  for (int axis = 0; axis < rank; ++axis) {
    axes.push_back(pool_axis(in[axis + 2], window, axis, rank));
  }
  return axes;
}

Shape pool_extents(const Shape& in, const PoolWindow& window) {
  Shape extents = in.to(2);
  for (const TapAxis& a : pool_axes(in, window)) extents.push_back(a.out);
  return extents;
}

std::vector<double> pool_weights(const TapAxes& axes, const PoolWindow& window,
                                 const PoolDivisor& divisor) {
  if (divisor.fixed && *divisor.fixed == 0) refuse("the pool divisor is 0; any other is allowed");
  std::vector<double> weights{1.0};
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    const TapAxis& a = axes[axis];
    const Padding padding =
        padding_entry(window, static_cast<int>(axis), static_cast<int>(axes.size()));
    std::vector<double> counts;  // so far, times this axis
    for (double count : weights) {
      for (Index m = 0; m < a.out; ++m) {
        const Range inside = divisor.count_include_pad
                                 ? a.taps_inside(m, -padding.before, a.in + padding.after)
                                 : a.taps_inside(m, 0, a.in);
        counts.push_back(count * static_cast<double>(inside.last - inside.first + 1));
      }
    }
    weights = std::move(counts);
  }
  for (double& w : weights) w = 1.0 / (divisor.fixed ? static_cast<double>(*divisor.fixed) : w);
  return weights;
}

}  // namespace faltung
