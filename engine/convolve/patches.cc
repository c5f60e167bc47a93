// The patches of input that outputs read, packed as panels of a matrix.
#include "engine/convolve/patches.h"

#include <algorithm>

namespace faltung {
namespace {

constexpr Index kAhead = 4;  // channels: samples are fetched before they are packed

// Strides of an array with these inner extents, the stream axis first.
Shape strides_of(const Shape& inner) {
  Shape all{1};
  for (Index extent : inner) all.push_back(extent);
  return row_major_strides(all);
}

}  // namespace

// taps[axis][k]: offset of tap k along one axis.
PatchLayout::PatchLayout(const Problem& p, const Shape& steps,
                         const std::vector<std::vector<Index>>& taps, Slack slack)
    : slack_(slack) {
  for (int axis = 0; axis < p.rank(); ++axis) {
    const Index extent = axis == 0 ? 0 : p.output_extent_of(axis);
    if (axis > 0 && axes_.back().step == extent * steps[axis]) {
      axes_.back() = {axes_.back().extent * extent, steps[axis]};
    } else {
      axes_.push_back({extent, steps[axis]});
    }
  }
  for_each_position(p.kernels.extents().from(1), [&](const Shape& k) {
    Index offset = 0;
    for (int axis = 0; axis < k.rank(); ++axis) {
      offset += taps[static_cast<std::size_t>(axis)][static_cast<std::size_t>(k[axis])];
    }
    taps_.push_back(offset);
  });
}

PatchLayout PatchLayout::of_window(const Problem& p) {
  const int last = p.rank() - 1;
  const bool series = last == 0;
  Shape inner = p.padded_inner();
  const Index stride = p.stride[last];
  const Index phase_extent = series ? 0 : (inner[last - 1] + stride - 1) / stride;
  if (!series) inner[last - 1] = phase_extent * stride;
  const Shape strides = strides_of(inner);
  Shape steps;
  std::vector<std::vector<Index>> taps;
  for (int axis = 0; axis <= last; ++axis) {
    const bool phased = axis == last && !series;
    steps.push_back(phased ? 1 : p.stride[axis] * strides[axis]);
    std::vector<Index> offsets;
    for (Index k = 0; k < p.taps(axis); ++k) {
      const Index at = k * p.dilation[axis];
      offsets.push_back(phased ? at % stride * phase_extent + at / stride : at * strides[axis]);
    }
    taps.push_back(offsets);
  }
  return PatchLayout(p, steps, taps, Slack::rows);
}

PatchLayout PatchLayout::of_input(const Problem& p) {
  const Shape strides = strides_of(p.inner);
  Shape steps;
  std::vector<std::vector<Index>> taps;
  for (int axis = 0; axis < p.rank(); ++axis) {
    steps.push_back(p.stride[axis] * strides[axis]);
    std::vector<Index> offsets;
    for (Index k = 0; k < p.taps(axis); ++k) offsets.push_back(k * p.dilation[axis] * strides[axis]);
    taps.push_back(offsets);
  }
  return PatchLayout(p, steps, taps, Slack::none);
}

// Outputs [first, first + count) as runs along the last axis; at most `count`.
int PatchLayout::find_runs(Index first, Index count, SampleRun* runs) const noexcept {
  int found = 0;
  for (Index done = 0; done < count; ++found) {
    Index at = first + done, from = 0, length = count - done;
    for (std::size_t axis = axes_.size() - 1; axis > 0; --axis) {
      const Index n = at % axes_[axis].extent;
      if (axis == axes_.size() - 1) length = std::min(length, axes_[axis].extent - n);
      from += n * axes_[axis].step;
      at /= axes_[axis].extent;
    }
    runs[found] = {from + at * axes_[0].step, done, length};
    done += length;
  }
  return found;
}

template <class T>
void PatchLayout::pack(const Source<T>& source, Index first, Index count, Index first_depth,
                       Index depth, const Panels& panels, T* to) const noexcept {
  SampleRun runs[kStrip];
  Index whole = 0, found = 0;  // runs of panels that are as wide as the others
  for (Index done = 0; done < count; done += panels.width) {
    const Index mine = std::min(panels.width, count - done);
    const int more = find_runs(first + done, mine, runs + found);
    for (int r = 0; r < more; ++r) runs[found + r].to += done / panels.width * panels.stride(depth);
    found += more;
    if (mine == panels.width || !panels.ragged) whole = found;
  }
  const Index ahead = kAhead * source.channel_stride;
  const Index narrow = count % panels.width;
  Index channel = first_depth / taps(), tap = first_depth % taps();
  for (Index k = 0; k < depth; ++k) {
    const T* from = source.origin + source.channels[channel] * source.channel_stride +
                    taps_[static_cast<std::size_t>(tap)];
    const Index step = axes_.back().step;
    copy_runs(from, step, runs, whole, slack_, ahead, to + k * panels.width);
    if (whole < found) {
      copy_runs(from, step, runs + whole, found - whole, slack_, ahead, to + k * narrow);
    }
    if (++tap == taps()) tap = 0, ++channel;
  }
}

template void PatchLayout::pack(const Source<float>&, Index, Index, Index, Index, const Panels&,
                                float*) const noexcept;
template void PatchLayout::pack(const Source<double>&, Index, Index, Index, Index, const Panels&,
                                double*) const noexcept;

}  // namespace faltung
