// Upsampling (and downsampling) of whole arrays [item, channel, axis…] by interpolation, any rank.
#include "engine/layers/upsample.h"

#include <algorithm>
#include <cmath>

namespace faltung {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

// An output is (1 − weight)·x[first] + weight·x[first + 1]; weight 0 does not read the second.
struct Place {
  Index first = 0;
  double weight = 0;
};

Place nearest_place(Index m, Index n, Index o, bool centre, const double* step) {
  const double position = static_cast<double>(m) + (centre ? 0.5 : 0.0);
  const Index first = step ? static_cast<Index>(std::min(position * *step, static_cast<double>(n)))
                           : centre ? (2 * m + 1) * n / (2 * o) : m * n / o;
  return {std::min(first, n - 1), 0};
}

Place linear_place(double position, Index n) {
  position = std::clamp(position, 0.0, static_cast<double>(n - 1));
  const double first = std::floor(position);
  return {static_cast<Index>(first), position - first};
}

Place place(Interpolation kind, Index m, Index n, Index o, const double* step) {
  const double at = static_cast<double>(m), ratio = static_cast<double>(n) / static_cast<double>(o);
  switch (kind) {
    case Interpolation::linear:
      return linear_place((at + 0.5) * (step ? *step : ratio) - 0.5, n);
    case Interpolation::linear_corners:
      return linear_place(
          o == 1 ? 0 : at * static_cast<double>(n - 1) / static_cast<double>(o - 1), n);
    default:
      return nearest_place(m, n, o, kind == Interpolation::nearest_centre, step);
  }
}

struct AxisPlaces {
  Index in = 1;
  std::vector<Place> places;  // one for each output
};

void check_steps(const Upsampling& options, int rank) {
  if (options.steps.empty()) return;
  if (options.kind == Interpolation::linear_corners) {
    refuse("upsampling with aligned corners takes no steps: the corners decide them");
  }
  if (static_cast<int>(options.steps.size()) != rank) {
    refuse("upsampling has " + std::to_string(options.steps.size()) +
           " steps; needed: none, or one for each of " + std::to_string(rank) + " axes");
  }
  for (double step : options.steps) {
    if (!(step >= 0) || !std::isfinite(step)) {
      refuse("an upsampling step is " + std::to_string(step) +
             "; allowed: finite ones above 0, or 0 for input / output extent");
    }
  }
}

template <class In, class Out>
std::vector<AxisPlaces> find_places(const View<In>& in, const Upsampling& options,
                                    const View<Out>& out) {
  check_planes("the array to upsample", in);
  check_planes("the upsampled array", out);
  if (in.rank() != out.rank() || !(in.extents().to(2) == out.extents().to(2))) {
    refuse("the array to upsample has shape " + in.extents().text() + ", the upsampled one " +
           out.extents().text() + "; items, channels and rank must be equal");
  }
  check_steps(options, in.rank() - 2);
  std::vector<AxisPlaces> axes;
  for (int axis = 2; axis < in.rank(); ++axis) {
    const Index n = in.extent(axis), o = out.extent(axis);
    const bool usual = options.steps.empty() || options.steps[axes.size()] == 0;
    const double* step = usual ? nullptr : &options.steps[axes.size()];
    AxisPlaces places{n, {}};
    for (Index m = 0; m < o; ++m) places.places.push_back(place(options.kind, m, n, o, step));
    axes.push_back(std::move(places));
  }
  return axes;
}

// `from` is [outer, axis.in, inner], `to` [outer, outputs, inner].
template <class T>
void interpolate(const AxisPlaces& axis, Index outer, Index inner, const T* from, T* to) {
  for (Index row = 0; row < outer; ++row, from += axis.in * inner) {
    for (const Place& p : axis.places) {
      const T* x = from + p.first * inner;
      const T weight = static_cast<T>(p.weight);
      if (weight == 0) {
        std::copy(x, x + inner, to);
      } else {
        for (Index i = 0; i < inner; ++i) to[i] = (1 - weight) * x[i] + weight * x[inner + i];
      }
      to += inner;
    }
  }
}

// The adjoint: `from` is [outer, outputs, inner], `to` [outer, axis.in, inner].
template <class T>
void collect(const AxisPlaces& axis, Index outer, Index inner, const T* from, T* to) {
  std::fill(to, to + outer * axis.in * inner, T{0});
  for (Index row = 0; row < outer; ++row, to += axis.in * inner) {
    for (const Place& p : axis.places) {
      T* x = to + p.first * inner;
      const T weight = static_cast<T>(p.weight);
      for (Index i = 0; i < inner; ++i) x[i] += (1 - weight) * from[i];
      if (weight != 0) {
        for (Index i = 0; i < inner; ++i) x[inner + i] += weight * from[i];
      }
      from += inner;
    }
  }
}

// One plane, axis by axis: the last axis first on the way up, for the array is small then; the
// adjoint undoes the same steps in the opposite order.
template <class T>
class Passes {
 public:
  explicit Passes(const std::vector<AxisPlaces>& axes) : axes_(axes) {}

  void up(const T* in, T* out) const {
    run(in, out, static_cast<int>(axes_.size()) - 1, -1, [](const AxisPlaces& axis, auto... rest) {
      interpolate(axis, rest...);
    });
  }
  void down(const T* in, T* out) const {
    run(in, out, 0, 1, [](const AxisPlaces& axis, auto... rest) { collect(axis, rest...); });
  }

 private:
  static Index outputs(const AxisPlaces& axis) { return static_cast<Index>(axis.places.size()); }

  template <class Pass>
  void run(const T* in, T* out, int first, int step, Pass pass) const {
    const int rank = static_cast<int>(axes_.size());
    std::vector<T> before, after;
    for (int count = 0, axis = first; count < rank; ++count, axis += step) {
      Index outer = 1, inner = 1;  // axes before are still or again inputs, axes behind outputs
      for (int a = 0; a < axis; ++a) outer *= axes_[static_cast<std::size_t>(a)].in;
      for (int a = axis + 1; a < rank; ++a) inner *= outputs(axes_[static_cast<std::size_t>(a)]);
      const AxisPlaces& places = axes_[static_cast<std::size_t>(axis)];
      const bool last = count + 1 == rank;
      const Index extent = step < 0 ? outputs(places) : places.in;
      if (!last) after.resize(static_cast<std::size_t>(outer * extent * inner));
      pass(places, outer, inner, count == 0 ? in : before.data(), last ? out : after.data());
      std::swap(before, after);
    }
  }

  const std::vector<AxisPlaces>& axes_;
};

}  // namespace

template <class T>
void upsample(const View<const T>& in, const Upsampling& options, const View<T>& out,
              Workers* workers) {
  const std::vector<AxisPlaces> axes = find_places(in, options, out);
  for_each_plane(out.extents(), workers, [&](Index item, Index channel) {
    Passes<T>(axes).up(plane(in, item, channel), plane(out, item, channel));
  });
}

template <class T>
void upsample_gradient(const View<const T>& out_gradient, const Upsampling& options,
                       const View<T>& in_gradient, Workers* workers) {
  const std::vector<AxisPlaces> axes = find_places(in_gradient, options, out_gradient);
  for_each_plane(in_gradient.extents(), workers, [&](Index item, Index channel) {
    Passes<T>(axes).down(plane(out_gradient, item, channel), plane(in_gradient, item, channel));
  });
}

template void upsample(const View<const float>&, const Upsampling&, const View<float>&, Workers*);
template void upsample(const View<const double>&, const Upsampling&, const View<double>&,
                       Workers*);
template void upsample_gradient(const View<const float>&, const Upsampling&, const View<float>&,
                                Workers*);
template void upsample_gradient(const View<const double>&, const Upsampling&,
                                const View<double>&, Workers*);

}  // namespace faltung
