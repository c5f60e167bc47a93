// A kernel's taps in the order in which direct convolution reads them.
#include "engine/convolve/direct_taps.h"

#include <algorithm>
#include <numeric>

namespace faltung {
namespace {

constexpr Index kMostOuts = 8;  // what accumulate_rows takes at once

// The taps of one kernel row that fall on one phase of the strided axis.
struct PhaseTaps {
  Index phase = 0;   // (k·dilation) mod stride
  Index offset = 0;  // ⌊k·dilation / stride⌋ of the first tap
  std::vector<Index> taps;
};

std::vector<PhaseTaps> phases_of(Index taps, Index stride, Index dilation) {
  std::vector<PhaseTaps> result;
  for (Index phase = 0; phase < stride; ++phase) {
    PhaseTaps mine;
    mine.phase = phase;
    for (Index k = 0; k < taps; ++k) {
      if (k * dilation % stride != phase) continue;
      if (mine.taps.empty()) mine.offset = k * dilation / stride;
      mine.taps.push_back(k);
    }
    if (!mine.taps.empty()) result.push_back(mine);
  }
  return result;
}

using Paths = std::vector<Path>;

std::vector<Paths> paths_by_output(const Problem& p) {
  std::vector<Paths> result(static_cast<std::size_t>(p.out_channels));
  for (const Path& path : p.paths) result[static_cast<std::size_t>(path.out)].push_back(path);
  return result;
}

bool same_inputs(const Paths& a, const Paths& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Path& m, const Path& n) { return m.in == n.in; });
}

// How many outputs from the first on read what it reads: 1, 2, 4 or 8.
Index outputs_alike(const std::vector<Paths>& by_out, Index first) {
  const auto begin = by_out.begin() + first;
  Index outs = 1;
  while (outs < kMostOuts && 2 * outs <= by_out.end() - begin &&
         std::all_of(begin + outs, begin + 2 * outs,
                     [&](const Paths& paths) { return same_inputs(*begin, paths); })) {
    outs *= 2;
  }
  return outs;
}

// What a kernel position along the axes outside the last two reads.
TapPlane plane_at(const Problem& p, const Shape& k, const Shape& inner_strides) {
  TapPlane plane;
  for (int axis = 0; axis < k.rank(); ++axis) {
    if (axis == 0) plane.outer_position = k[0] * p.dilation[0];
    else plane.outer_offset += k[axis] * p.dilation[axis] * inner_strides[axis - 1];
  }
  return plane;
}

// Collects a group after the other.
template <class T>
struct Collector {
  const Problem& p;
  const Shape& inner_strides;
  const Shape kernel = p.kernels.extents().from(1);
  const int x = p.rank() - 1;
  const std::vector<PhaseTaps> phases = phases_of(kernel[x], p.stride[x], p.dilation[x]);
  const std::vector<Paths> by_out = paths_by_output(p);
  std::vector<TapPlane> planes = {};
  std::vector<T> weights = {};

  OutputGroup add_group(Index first_out) {
    OutputGroup group;
    group.first_out = first_out;
    group.outs = outputs_alike(by_out, first_out);
    group.first_plane = std::ssize(planes);
    for (Index path = 0; path < std::ssize(by_out[index(first_out)]); ++path) {
      Index first_row = 0;
      for_each_position(kernel.to(std::max(x - 1, 0)), [&](const Shape& k) {
        for (const PhaseTaps& phase : phases) add_plane(group, path, k, first_row, phase);
        first_row += rows();
      });
    }
    group.planes = std::ssize(planes) - group.first_plane;
    return group;
  }

 private:
  static std::size_t index(Index i) { return static_cast<std::size_t>(i); }
  Index rows() const { return x > 0 ? kernel[x - 1] : 1; }

  void add_plane(const OutputGroup& group, Index path, const Shape& k, Index first_row,
                 const PhaseTaps& phase) {
    TapPlane plane = plane_at(p, k, inner_strides);
    plane.in = by_out[index(group.first_out)][index(path)].in;
    plane.phase = phase.phase;
    plane.offset = phase.offset;
    plane.weight = std::ssize(weights);
    plane.taps = std::ssize(phase.taps);
    planes.push_back(plane);
    for (Index row = first_row; row < first_row + rows(); ++row) {
      for (const Index tap : phase.taps) {
        for (Index o = group.first_out; o < group.first_out + group.outs; ++o) {
          const double* mine = p.kernel(by_out[index(o)][index(path)].kernel);
          weights.push_back(static_cast<T>(mine[row * kernel[x] + tap]));
        }
      }
    }
  }
};

}  // namespace

template <class T>
DirectTaps<T>::DirectTaps(const Problem& p, const Shape& inner_strides) {
  const int x = p.rank() - 1;
  step = p.dilation[x] / std::gcd(p.stride[x], p.dilation[x]);
  Collector<T> collector{p, inner_strides};
  for (Index out = 0; out < p.out_channels; out += groups.back().outs) {
    groups.push_back(collector.add_group(out));
    most_planes = std::max(most_planes, groups.back().planes);
  }
  planes = std::move(collector.planes);
  weights = Buffer<T>(std::ssize(collector.weights));
  std::copy(collector.weights.begin(), collector.weights.end(), weights.begin());
}

template struct DirectTaps<float>;
template struct DirectTaps<double>;

}  // namespace faltung
