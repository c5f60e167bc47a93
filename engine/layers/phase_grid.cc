// The samples that a strided, dilated layer reads, laid out so that every tap is one offset.
#include "engine/layers/phase_grid.h"

#include <algorithm>

#include "engine/nd/view.h"

namespace faltung {

bool has_few_gaps(const TapAxes& axes) {
  constexpr double kMost = 3;
  double grid = 1, out = 1, in = 1, phases = 1;  // products may pass an integer
  for (const TapAxis& a : axes) {
    grid *= static_cast<double>(a.out + (a.taps - 1) * a.dilation / a.stride);
    phases *= static_cast<double>(std::min(a.taps, a.stride));
    out *= static_cast<double>(a.out);
    in *= static_cast<double>(a.in);
  }
  return grid <= kMost * out && grid * phases <= kMost * (in + out);
}

PhaseGrid::PhaseGrid(const TapAxes& axes, Gaps gaps) : axes_(axes) {
  for (const TapAxis& a : axes) {
    find_phases(a, &a == &axes.back() ? gaps : Gaps::between_rows);
    phases_ *= static_cast<Index>(axis_phases_.back().size());
  }
  pitch_ = row_major_strides(grid_);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    outputs_ += (axes[i].out - 1) * pitch_[static_cast<int>(i)];
  }
  find_taps();
  find_inputs();
  find_outputs();
}

void PhaseGrid::find_phases(const TapAxis& a, Gaps gaps) {
  const Index period = gaps == Gaps::none ? a.taps * a.dilation : a.stride;
  std::vector<Index>& used = axis_phases_.emplace_back();
  for (Index j = 0; j < std::min(a.taps, period); ++j) used.push_back(j * a.dilation % period);
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  std::vector<AxisPlace>& taps = axis_taps_.emplace_back();
  for (Index j = 0; j < a.taps; ++j) {
    const auto found = std::lower_bound(used.begin(), used.end(), j * a.dilation % period);
    taps.push_back({found - used.begin(), j * a.dilation / period});
  }
  grid_.push_back(a.out + taps.back().shift);
}

void PhaseGrid::find_taps() {
  Shape taps;
  for (const TapAxis& a : axes_) taps.push_back(a.taps);
  for_each_position(taps, [&](const Shape& j) {
    Place place;
    for (int i = 0; i < j.rank(); ++i) {
      const std::size_t axis = static_cast<std::size_t>(i);
      const AxisPlace& at = axis_taps_[axis][static_cast<std::size_t>(j[i])];
      place.phase = place.phase * static_cast<Index>(axis_phases_[axis].size()) + at.phase;
      place.offset += at.shift * pitch_[i];
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

// Every row of every phase that meets the input.
void PhaseGrid::find_inputs() {
  const int last = grid_.rank() - 1;
  const Index stride = axes_.back().stride;
  Shape counts;
  for (const auto& used : axis_phases_) counts.push_back(static_cast<Index>(used.size()));
  Index phase = 0;
  for_each_position(counts, [&](const Shape& number) {
    const auto first = [&](int i) {  // place in the input of grid place 0
      return axis_phases_[static_cast<std::size_t>(i)][static_cast<std::size_t>(number[i])] -
             axes_[static_cast<std::size_t>(i)].before;
    };
    const Index begin = first(last), skip = std::max<Index>(0, ceil_divide(-begin, stride));
    const Index count = std::min(grid_[last], ceil_divide(axes_.back().in - begin, stride)) - skip;
    for_each_position(grid_.to(last), [&](const Shape& g) {
      SampleRun run{0, phase * size() + skip, count};
      for (int i = 0; i < last; ++i) {
        const TapAxis& a = axes_[static_cast<std::size_t>(i)];
        const Index n = g[i] * a.stride + first(i);
        if (n < 0 || n >= a.in) return;
        run.from = run.from * a.in + n;
        run.to += g[i] * pitch_[i];
      }
      run.from = run.from * axes_.back().in + begin + skip * stride;
      if (count > 0) inputs_.push_back(run);
    });
    ++phase;
  });
}

void PhaseGrid::find_outputs() {
  const Index count = axes_.back().out;
  Shape rows;
  for (std::size_t i = 0; i + 1 < axes_.size(); ++i) rows.push_back(axes_[i].out);
  SampleRun run{0, 0, count};
  for_each_position(rows, [&](const Shape& m) {
    run.to = 0;
    for (int i = 0; i < m.rank(); ++i) run.to += m[i] * pitch_[i];
    out_rows_.push_back(run);
    run.from += count;
  });
}

template <class T>
void PhaseGrid::spread(const T* plane, T* to) const {
  std::fill_n(to, phases_ * size(), T{0});
  copy_runs(plane, axes_.back().stride, inputs_.data(), static_cast<Index>(inputs_.size()),
            Slack::none, 0, to);
}

template <class T>
void PhaseGrid::collect(const T* from, T bias, T* plane) const {
  Index samples = 1;
  for (const TapAxis& a : axes_) samples *= a.in;
  std::fill_n(plane, samples, bias);
  place_runs(from, inputs_.data(), static_cast<Index>(inputs_.size()), axes_.back().stride, bias,
             plane);
}

template <class T>
void PhaseGrid::lay_out(const T* plane, T* to) const {
  std::fill_n(to, outputs_, T{0});
  copy_runs(plane, 1, out_rows_.data(), static_cast<Index>(out_rows_.size()), Slack::none, 0, to);
}

template <class T>
void PhaseGrid::take_out(const T* from, T bias, T* plane) const {
  place_runs(from, out_rows_.data(), static_cast<Index>(out_rows_.size()), 1, bias, plane);
}

#define FALTUNG_PHASE_GRID(T)                                  \
  template void PhaseGrid::spread(const T*, T*) const;         \
  template void PhaseGrid::collect(const T*, T, T*) const;     \
  template void PhaseGrid::lay_out(const T*, T*) const;        \
  template void PhaseGrid::take_out(const T*, T, T*) const;
FALTUNG_PHASE_GRID(float)
FALTUNG_PHASE_GRID(double)

}  // namespace faltung
