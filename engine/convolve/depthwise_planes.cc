// Depthwise layers on whole inputs, channel by channel.
#include "engine/convolve/depthwise_planes.h"

#include <algorithm>

#include "engine/simd/accumulate_rows.h"
#include "engine/simd/slide_kernel.h"

namespace faltung {
namespace {

constexpr Index kPlaneBytes = 128 << 10;  // of a padded plane worth taking whole: one task
constexpr Index kBandBytes = 16 << 10;    // of its rows padded at once: half of level 1
constexpr Index kTaskSamples = 16384;     // of one task

bool can_slide(const Problem& p) {
  const Index taps = p.taps(0);
  const auto less = [taps](const Padding& side) {
    return std::max(side.before, side.after) < taps;
  };
  return p.taps(1) == taps && (taps == 3 || taps == 5) && p.dilation[1] == 1 &&
         (p.boundary == Boundary::zero || (p.boundary == Boundary::constant && p.constant == 0)) &&
         less(p.padding_of(0)) && less(p.padding_of(1));
}

// Padded position -> position of the signal along an axis, −1: outside.
std::vector<Index> sources(const Problem& p, int axis) {
  const auto [before, after] = p.padding_of(axis);
  std::vector<Index> result;
  for (Index n = -before; n < p.input_extent(axis) + after; ++n) {
    result.push_back(source_index(n, p.input_extent(axis), p.boundary));
  }
  return result;
}

template <class T>
SlidPlane<T> slid_plane(const Index rows, const Index columns, const Index taps,
                        const Padding& rows_around, const Padding& columns_around) {
  SlidPlane<T> plane;
  plane.rows = rows;
  plane.columns = columns;
  plane.taps = taps;
  plane.out_rows = rows + rows_around.before + rows_around.after - taps + 1;
  plane.out_columns = columns + columns_around.before + columns_around.after - taps + 1;
  plane.rows_before = rows_around.before;
  plane.columns_before = columns_around.before;
  return plane;
}

}  // namespace

bool takes_planes(const Problem& p) {
  if (p.rank() != 2 || p.block || !p.extent || p.out_channels < 2 || p.interleaved != 1)
    return false;
  if (p.stride[0] * p.stride[1] * p.dilation[0] != 1) return false;
  if (static_cast<Index>(p.paths.size()) != p.out_channels) return false;
  for (std::size_t o = 0; o < p.paths.size(); ++o) {
    if (p.paths[o].out != static_cast<Index>(o)) return false;
    if (o > 0 && p.paths[o].in == p.paths[o - 1].in) return false;  // outputs that share an input
  }
  const Index rows = *p.extent + p.padding_of(0).before + p.padding_of(0).after;
  return (rows * p.padded(1) + kRowSlack) * size_of(p.arithmetic) <= kPlaneBytes;
}

template <class T>
DepthwisePlanes<T>::DepthwisePlanes(const Problem& p, Workers* workers)
    : workers_(workers),
      rows_(p.taps(0)),
      columns_(p.taps(1)),
      dilation_(p.dilation[1]),
      slides_(can_slide(p)),
      rows_around_(p.padding_of(0)),
      columns_around_(p.padding_of(1)),
      weights_(p.out_channels * p.kernel_size()),
      bias_(p.out_channels),
      row_of_(sources(p, 0)),
      column_of_(sources(p, 1)),
      outside_(p.boundary == Boundary::constant ? static_cast<T>(p.constant) : T(0)) {
  for (const Path& path : p.paths) {
    in_of_.push_back(path.in);
    const double* kernel = p.kernel(path.kernel);
    std::transform(kernel, kernel + p.kernel_size(), weights_.data() + path.out * p.kernel_size(),
                   [](double w) { return static_cast<T>(w); });
  }
  for (std::size_t o = 0; o < p.bias.size(); ++o) {
    bias_[static_cast<Index>(o)] = static_cast<T>(p.bias[o]);
  }
  const Index fit = kBandBytes / static_cast<Index>(sizeof(T)) / p.padded(1) - rows_;
  band_ = std::max<Index>(1, fit / 4) * 4;  // four rows make a register block
  const Index padded = std::min(static_cast<Index>(row_of_.size()), band_ + rows_) * p.padded(1);
  const Index samples =
      slides_
          ? slid_scratch(slid_plane<T>(*p.extent, p.inner[0], rows_, rows_around_, columns_around_))
          : padded + kRowSlack;
  for (int slot = 0; slot < slots_of(workers); ++slot) scratch_.push_back(Buffer<T>(samples));
}

template <class T>
Index DepthwisePlanes<T>::memory_bytes() const noexcept {
  Index samples = weights_.size() + bias_.size();
  for (const Buffer<T>& s : scratch_) samples += s.size();
  return samples * static_cast<Index>(sizeof(T));
}

template <class T>
void DepthwisePlanes<T>::run(const SlabOf<T>& in, const SlabOf<T>& out) noexcept {
  const Index grain = std::max<Index>(1, kTaskSamples / (in.extent * in.inner));
  run_tasks(workers_, (out.channels + grain - 1) / grain, [&](Index task, int slot) {
    T* scratch = scratch_[static_cast<std::size_t>(slot)].data();
    for (Index c = task * grain; c < std::min(out.channels, (task + 1) * grain); ++c) {
      slides_ ? slide(in, out, c, scratch) : convolve_padded(in, out, c, scratch);
    }
  });
}

template <class T>
void DepthwisePlanes<T>::slide(const SlabOf<T>& in, const SlabOf<T>& out, Index channel,
                               T* scratch) const noexcept {
  auto plane = slid_plane<T>(in.extent, in.inner, rows_, rows_around_, columns_around_);
  const Index from = in_of_[static_cast<std::size_t>(channel)];
  plane.in = in.channel(from);
  if (in.channel_stride >= in.extent * in.inner) {  // between other channels of the same memory
    plane.readable_before = from * in.channel_stride;
    plane.readable_after = (in.channels - 1 - from) * in.channel_stride;
  }
  plane.out = out.channel(channel);
  plane.weights = weights_.data() + channel * rows_ * columns_;
  plane.bias = bias_[channel];
  plane.scratch = scratch;
  slide_kernel(plane);
}

template <class T>
void DepthwisePlanes<T>::convolve_padded(const SlabOf<T>& in, const SlabOf<T>& out, Index channel,
                                         T* padded) const noexcept {
  const Index pitch = static_cast<Index>(column_of_.size());
  const RowPlane<T> plane{padded, weights_.data() + channel * rows_ * columns_, columns_};
  RowBlock<T> block;
  block.planes = &plane;
  block.plane_count = 1;
  block.rows = rows_;
  block.row_stride = pitch;
  block.dilation = dilation_;
  block.out_stride = out.inner;
  block.count = out.inner;
  block.bias = bias_.data() + channel;
  const T* from = in.channel(in_of_[static_cast<std::size_t>(channel)]);
  for (Index row = 0; row < out.extent; row += band_) {
    block.outputs = std::min(band_, out.extent - row);
    block.out = out.channel(channel) + row * out.inner;
    pad(from, in.inner, row, block.outputs + rows_ - 1, padded);
    accumulate_rows(block);
  }
}

// Padded rows [first, first + count).
template <class T>
void DepthwisePlanes<T>::pad(const T* in, Index columns, Index first, Index count,
                             T* to) const noexcept {
  const Index pitch = static_cast<Index>(column_of_.size()), before = columns_around_.before;
  for (Index n = first; n < first + count; ++n, to += pitch) {
    const Index row = row_of_[static_cast<std::size_t>(n)];
    if (row < 0) {
      std::fill_n(to, pitch, outside_);
      continue;
    }
    const T* line = in + row * columns;
    const auto edge = [&](Index column) {
      const Index source = column_of_[static_cast<std::size_t>(column)];
      to[column] = source < 0 ? outside_ : line[source];
    };
    for (Index c = 0; c < before; ++c) edge(c);
    std::copy_n(line, columns, to + before);
    for (Index c = before + columns; c < pitch; ++c) edge(c);
  }
}

template class DepthwisePlanes<float>;
template class DepthwisePlanes<double>;

}  // namespace faltung
