// The samples that a strided, dilated layer reads, laid out so that every tap is one offset.
#include "engine/layers/phase_grid.h"

#include <algorithm>

#include "engine/nd/view.h"

namespace faltung {

PhaseGrid::PhaseGrid(const TapAxes& axes) : axes_(axes) {
  Shape taps;
  for (const TapAxis& a : axes) {
    grid_.push_back(a.out + (a.taps - 1) * a.dilation / a.stride);
    taps.push_back(a.taps);
    std::vector<Index>& used = axis_phases_.emplace_back();
    for (Index j = 0; j < std::min(a.taps, a.stride); ++j) used.push_back(j * a.dilation % a.stride);
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    phases_ *= static_cast<Index>(used.size());
  }
  pitch_ = row_major_strides(grid_);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    outputs_ += (axes[i].out - 1) * pitch_[static_cast<int>(i)];
  }
  for_each_position(taps, [&](const Shape& j) {
    Place place;
    for (int i = 0; i < j.rank(); ++i) {
      const TapAxis& a = axes[static_cast<std::size_t>(i)];
      const std::vector<Index>& used = axis_phases_[static_cast<std::size_t>(i)];
      const auto found = std::lower_bound(used.begin(), used.end(), j[i] * a.dilation % a.stride);
      place.phase = place.phase * static_cast<Index>(used.size()) + (found - used.begin());
      place.offset += j[i] * a.dilation / a.stride * pitch_[i];
    }
    taps_.push_back(place);
  });
}

bool PhaseGrid::outputs_lie_so() const noexcept {
  Index samples = 1;
  for (const TapAxis& a : axes_) samples *= a.out;
  return samples == outputs_;
}

bool PhaseGrid::inputs_lie_so() const noexcept {
  return std::all_of(axes_.begin(), axes_.end(), [](const TapAxis& a) {
    return a.taps == 1 && a.stride == 1 && a.before == 0 && a.in == a.out;
  });
}

// Calls body(row) for every row of every phase that meets the input.
template <class Body>
void PhaseGrid::for_each_row(Body&& body) const {
  const int last = grid_.rank() - 1;
  Shape counts;
  for (const auto& used : axis_phases_) counts.push_back(static_cast<Index>(used.size()));
  Row row;
  row.stride = axes_.back().stride;
  for_each_position(counts, [&](const Shape& number) {
    const auto first = [&](int i) {  // place in the input of grid place 0
      return axis_phases_[static_cast<std::size_t>(i)][static_cast<std::size_t>(number[i])] -
             axes_[static_cast<std::size_t>(i)].before;
    };
    const Index begin = first(last), skip = std::max<Index>(0, ceil_divide(-begin, row.stride));
    row.count = std::min(grid_[last], ceil_divide(axes_.back().in - begin, row.stride)) - skip;
    for_each_position(grid_.to(last), [&](const Shape& g) {
      row.plane = row.grid = 0;
      for (int i = 0; i < last; ++i) {
        const TapAxis& a = axes_[static_cast<std::size_t>(i)];
        const Index n = g[i] * a.stride + first(i);
        if (n < 0 || n >= a.in) return;
        row.plane = row.plane * a.in + n;
        row.grid += g[i] * pitch_[i];
      }
      row.plane = row.plane * axes_.back().in + begin + skip * row.stride;
      row.grid += skip;
      if (row.count > 0) body(row);
    });
    ++row.phase;
  });
}

template <class T>
void PhaseGrid::spread(const T* plane, T* to, Index apart) const {
  for (Index p = 0; p < phases_; ++p) std::fill_n(to + p * apart, size(), T{0});
  for_each_row([&](const Row& row) {
    const T* from = plane + row.plane;
    T* place = to + row.phase * apart + row.grid;
    if (row.stride == 1) {
      std::copy_n(from, row.count, place);
    } else {
      for (Index n = 0; n < row.count; ++n) place[n] = from[n * row.stride];
    }
  });
}

template <class T>
void PhaseGrid::collect(const T* from, Index apart, T bias, T* plane) const {
  Index samples = 1;
  for (const TapAxis& a : axes_) samples *= a.in;
  std::fill_n(plane, samples, bias);
  for_each_row([&](const Row& row) {
    const T* place = from + row.phase * apart + row.grid;
    T* to = plane + row.plane;
    for (Index n = 0; n < row.count; ++n) to[n * row.stride] = bias + place[n];
  });
}

template <class T>
void PhaseGrid::lay_out(const T* plane, T* to) const {
  const Index row = axes_.back().out;
  Shape rows;
  for (std::size_t i = 0; i + 1 < axes_.size(); ++i) rows.push_back(axes_[i].out);
  Index filled = 0;
  for_each_position(rows, [&](const Shape& m) {
    Index at = 0;
    for (int i = 0; i < m.rank(); ++i) at += m[i] * pitch_[i];
    std::fill(to + filled, to + at, T{0});
    std::copy_n(plane, row, to + at);
    plane += row;
    filled = at + row;
  });
}

template <class T>
void PhaseGrid::take_out(const T* from, T bias, T* plane) const {
  const Index row = axes_.back().out;
  Shape rows;
  for (std::size_t i = 0; i + 1 < axes_.size(); ++i) rows.push_back(axes_[i].out);
  for_each_position(rows, [&](const Shape& m) {
    const T* at = from;
    for (int i = 0; i < m.rank(); ++i) at += m[i] * pitch_[i];
    for (Index n = 0; n < row; ++n) plane[n] = bias + at[n];
    plane += row;
  });
}

#define FALTUNG_PHASE_GRID(T)                                              \
  template void PhaseGrid::spread(const T*, T*, Index) const;              \
  template void PhaseGrid::collect(const T*, Index, T, T*) const;          \
  template void PhaseGrid::lay_out(const T*, T*) const;                    \
  template void PhaseGrid::take_out(const T*, T, T*) const;
FALTUNG_PHASE_GRID(float)
FALTUNG_PHASE_GRID(double)

}  // namespace faltung
