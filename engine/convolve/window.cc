// The history of a stream: padded input positions, as the stateless solvers read them.
#include "engine/convolve/window.h"

#include <algorithm>

#include "engine/simd/copy_runs.h"

namespace faltung {
namespace {

constexpr Index kTaskSamples =
    32768;  // of one task: copying them takes longer than handing it over
constexpr Index kLargePosition = 1 << 20;  // bytes

// How far the rule looks into the signal to continue it by `padding` positions before the start.
Index head_need(Boundary boundary, Index before) {
  if (before == 0) return 0;
  switch (boundary) {
    case Boundary::replicate:
      return 1;
    case Boundary::reflect:
      return before + 1;
    case Boundary::symmetric:
      return before;
    default:
      return 0;
  }
}

// Without padding along the stream axis nothing lies outside, and nothing need be kept for it.
Boundary stream_boundary(const Problem& p) {
  const Padding& padding = p.padding_of(0);
  return padding.before == 0 && padding.after == 0 ? Boundary::zero : p.boundary;
}

// Positions the foot may look back to.
Index kept_positions(Boundary boundary, Index head_needs, Index after) {
  const bool looks_back = boundary != Boundary::zero && boundary != Boundary::constant;
  return looks_back ? std::max(after + 1, head_needs) : 0;
}

}  // namespace

Index window_positions(const Problem& p, Index span, Index chunk) {
  const auto [before, after] = p.padding_of(0);
  const Boundary boundary = stream_boundary(p);
  if (boundary == Boundary::wrap) return before + p.extent.value() + after;
  const Index head_needs = head_need(p.boundary, before);
  const Index keep = kept_positions(boundary, head_needs, after);
  // Beyond what must be held about a span, so that shifting the history down costs about one copy
  // for each position; two where positions are large.
  const Index position = p.padded_inner().product() * p.in_channels * size_of(p.arithmetic);
  const Index spare = position < kLargePosition ? std::min(span, Index{1} << 20) : span / 2;
  return std::max({span, before + head_needs + 1, keep}) + std::max(after, chunk + spare);
}

template <class T>
Window<T>::Window(const Problem& p, Index span, Index chunk, Index phases, Workers* workers)
    : workers_(workers),
      channels_(p.in_channels),
      before_(p.padding_of(0).before),
      after_(p.padding_of(0).after),
      head_needs_(head_need(p.boundary, before_)),
      boundary_(stream_boundary(p)),
      outside_(p.boundary == Boundary::constant ? static_cast<T>(p.constant) : T(0)),
      inner_samples_(p.inner.product()),
      phases_(p.rank() > 1 ? phases : 1) {
  const Shape padded = p.padded_inner();
  const int last = padded.rank() - 1;
  Index rows = 1;
  if (p.rank() > 1) {
    in_columns_ = p.inner[last];
    columns_before_ = p.padding_of(p.rank() - 1).before;
    column_of_ = Buffer<Index>(padded[last]);
    for (Index c = 0; c < padded[last]; ++c) {
      column_of_[c] = p.source_of(p.rank() - 1, c - columns_before_);
    }
    rows = padded.to(last).product();
    phase_extent_ = (padded[last] + phases_ - 1) / phases_;
  } else {
    in_columns_ = 1;
    columns_before_ = 0;
    column_of_ = Buffer<Index>(1);
    phase_extent_ = 1;
  }
  row_samples_ = phase_extent_ * phases_;
  position_samples_ = rows * row_samples_;
  row_of_ = Buffer<Index>(rows);
  Index row = 0;
  for_each_position(padded.to(std::max(last, 0)), [&](const Shape& position) {
    Index source = 0;
    for (int axis = 0; axis < position.rank() && source >= 0; ++axis) {
      const Index s = p.source_of(axis + 1, position[axis] - p.padding_of(axis + 1).before);
      source = s < 0 ? -1 : source * p.inner[axis] + s;
    }
    row_of_[row++] = source;
  });

  keep_ = kept_positions(boundary_, head_needs_, after_);
  capacity_ = window_positions(p, span, chunk);
  channel_stride_ = capacity_ * position_samples_ + kRowSlack;
  memory_ = Buffer<T>(checked_product({channels_, channel_stride_}) + kRowSlack);
  reset();
}

template <class T>
void Window<T>::reset() noexcept {
  begin_ = released_ = received_ = 0;
  head_made_ = head_needs_ == 0 && boundary_ != Boundary::wrap;
  available_ = 0;
  if (head_made_) make_head();
  available_ = before_;
}

template <class T>
void Window<T>::make_head() noexcept {
  head_made_ = true;
  for (Index p = 0; p < before_; ++p) {
    // Reflections find their samples in what has been received, however short; in nothing, nothing.
    copy_or_fill(received_ > 0 ? source_index(p - before_, received_, boundary_) : -1, p);
  }
}

template <class T>
void Window<T>::copy_or_fill(Index source, Index position) noexcept {
  for (Index c = 0; c < channels_; ++c) {
    T* to = slot(c, position);
    if (source < 0) {
      std::fill_n(to, position_samples_, outside_);
    } else {
      std::copy_n(slot(c, before_ + source), position_samples_, to);
    }
  }
}

template <class T>
void Window<T>::shift() noexcept {
  if (boundary_ == Boundary::wrap || !head_made_) return;
  const Index keep_from =
      std::max(begin_, std::min(released_, available_ - std::min(keep_, available_)));
  if (keep_from == begin_) return;
  const Index count = available_ - keep_from;
  // Pieces no longer than the way they go, so that none overlaps where it goes to.
  const Index way = (keep_from - begin_) * position_samples_;
  for (Index c = 0; c < channels_; ++c) {
    for (Index first = 0; first < count * position_samples_; first += way) {
      const T* from = slot(c, keep_from) + first;
      T* to = slot(c, begin_) + first;
      const Index samples = std::min(way, count * position_samples_ - first);
      run_tasks(samples < kTaskSamples ? nullptr : workers_,
                (samples + kTaskSamples - 1) / kTaskSamples, [&](Index task, int) {
                  const Index at = task * kTaskSamples;
                  std::copy_n(from + at, std::min(kTaskSamples, samples - at), to + at);
                });
    }
  }
  begin_ = keep_from;
}

template <class T>
Index Window<T>::push(const Slab& in, Index first) noexcept {
  const Index wanted = in.extent - first;
  if (free_positions() < std::min(wanted, capacity_ / 2)) shift();
  const Index count = std::min(wanted, free_positions());
  if (position_samples_ == 1 && inner_samples_ == 1) {
    write_series(in, first, count);
  } else {
    write_positions(in, first, count);
  }
  available_ += count;
  received_ += count;
  if (!head_made_ && boundary_ != Boundary::wrap && received_ >= head_needs_) make_head();
  return count;
}

// Many channels are shared out whole: what lies together in memory is copied together.
template <class T>
void Window<T>::write_positions(const Slab& in, Index first, Index count) noexcept {
  const bool by_channel = channels_ >= 4 * slots_of(workers_);
  const Index all = by_channel ? channels_ : count;
  const Index samples = position_samples_ * (by_channel ? count : channels_);
  const Index grain = std::max<Index>(1, kTaskSamples / std::max<Index>(1, samples));
  run_tasks(workers_, (all + grain - 1) / grain, [&](Index task, int) {
    const Index begin = task * grain, some = std::min(all - begin, grain);
    if (by_channel)
      write_block(in, begin, some, first, available_, count);
    else
      write_block(in, 0, channels_, first + begin, available_ + begin, some);
  });
}

template <class T>
void Window<T>::write_series(const Slab& in, Index first, Index count) noexcept {
  for (Index c = 0; c < channels_; ++c) {
    with_sample_type(in.type, [&]<class From>() {
      const From* from = in.as<const From>().at(c, first);
      T* to = slot(c, available_);
      for (Index n = 0; n < count; ++n) to[n] = static_cast<T>(from[n]);
    });
  }
}

template <class T>
void Window<T>::write_block(const Slab& in, Index channel, Index channels, Index first,
                            Index position, Index count) noexcept {
  with_sample_type(in.type, [&]<class From>() {
    for (Index c = channel; c < channel + channels; ++c) {
      for (Index n = 0; n < count; ++n) {
        write_channel(in.as<const From>().at(c, first + n), slot(c, position + n));
      }
    }
  });
}

template <class T>
template <class From>
void Window<T>::write_channel(const From* from, T* to) const noexcept {
  const Index columns = column_of_.size();
  for (Index row = 0; row < row_of_.size(); ++row, to += row_samples_) {
    if (row_of_[row] < 0) {
      std::fill_n(to, row_samples_, outside_);
      continue;
    }
    const From* line = from + row_of_[row] * in_columns_;
    const auto value = [&](Index column) {
      const Index source = column_of_[column];
      return source < 0 ? outside_ : static_cast<T>(line[source]);
    };
    if (phases_ > 1) {
      const Index inside = columns_before_ + in_columns_;
      const auto at = [&](Index column) {
        return to + column % phases_ * phase_extent_ + column / phases_;
      };
      Index column = 0;
      for (; column < columns_before_; ++column) *at(column) = value(column);
      if constexpr (std::is_same_v<From, T>) {
        if (phases_ == 2) {
          split_pairs(line, in_columns_ / 2, at(column), at(column + 1));
          column += in_columns_ / 2 * 2;
        }
      }
      for (Index phase = 0; column < inside && phase < phases_; ++phase) {
        T* mine = at(column + phase);
        for (Index c = column + phase; c < inside; c += phases_) {
          *mine++ = static_cast<T>(line[c - columns_before_]);
        }
      }
      for (column = inside; column < columns; ++column) *at(column) = value(column);
      continue;
    }
    Index column = 0;
    for (; column < columns_before_; ++column) to[column] = value(column);
    for (Index i = 0; i < in_columns_; ++i) to[column + i] = static_cast<T>(line[i]);
    for (column += in_columns_; column < columns; ++column) to[column] = value(column);
  }
}

template <class T>
bool Window<T>::can_end() noexcept {
  if (free_positions() < after_) shift();
  return free_positions() >= after_;
}

template <class T>
void Window<T>::end() noexcept {
  can_end();
  if (!head_made_) make_head();
  for (Index i = 0; i < after_; ++i) {
    const Index source = received_ == 0 ? -1 : source_index(received_ + i, received_, boundary_);
    copy_or_fill(source, available_ + i);
  }
  available_ += after_;
}

template class Window<float>;
template class Window<double>;

}  // namespace faltung
