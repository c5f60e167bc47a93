// Pooling: the largest or the mean sample of a moving window, or its p-norm, any rank.
#include "engine/stages/pool.h"

#include <algorithm>
#include <limits>

#include "engine/convolve/window.h"
#include "engine/stages/pool_sample.h"

namespace faltung {
namespace {

using Kind = PoolOptions::Kind;

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

// What does not depend on the sample type: extents, and how many samples each mean divides by.
struct Geometry {
  Geometry(const PoolOptions& options, const Format& in) : options_(options) {
    const int rank = in.spatial_rank();
    channels = in.channels;
    size = per_axis(options.size, rank, "size");
    stride = options.stride.rank() == 0 ? size : per_axis(options.stride, rank, "stride");
    dilation = options.dilation.rank() == 0 ? Shape::filled(rank, 1)
                                            : per_axis(options.dilation, rank, "dilation");
    padding.assign(static_cast<std::size_t>(rank), Padding{});
    if (!options.padding.empty()) {
      if (options.padding.size() != 1 && options.padding.size() != padding.size()) {
        refuse("pool padding has " + std::to_string(options.padding.size()) +
               " values; allowed: one for all axes, or one for each of " + std::to_string(rank));
      }
      for (std::size_t a = 0; a < padding.size(); ++a) {
        padding[a] = options.padding[options.padding.size() == 1 ? 0 : a];
      }
    }
    for (int axis = 0; axis < rank; ++axis) check_axis(axis);
    for (int axis = 1; axis < rank; ++axis) {
      out_inner.push_back(extent_of(axis, in.inner[axis - 1]));
      if (out_inner.back() < 1) does_not_fit(axis, in.inner[axis - 1]);
    }
    if (in.extent && extent_of(0, *in.extent) < 1) does_not_fit(0, *in.extent);
  }

  Index extent_of(int axis, Index n) const noexcept {
    return pool_extent(n, padding[static_cast<std::size_t>(axis)], window(axis), stride[axis],
                       options_.ceil);
  }
  Index window(int axis) const noexcept { return dilated_extent(size[axis], dilation[axis]); }

  // Samples that output m of an axis averages over; n: the axis' extent.
  Index divisor(int axis, Index m, Index n) const noexcept {
    const Padding& p = padding[static_cast<std::size_t>(axis)];
    const Index first = m * stride[axis] - p.before;
    return options_.count_include_pad ? taps_inside(axis, first, first, n + p.after)
                                      : taps_inside(axis, first, 0, n);
  }

  Index channels = 1;
  Shape size, stride, dilation, out_inner;
  std::vector<Padding> padding;

 private:
  // Taps of a window from `first` on that lie in [low, high).
  Index taps_inside(int axis, Index first, Index low, Index high) const noexcept {
    const Index d = dilation[axis];
    const Index begin = first < low ? (low - first + d - 1) / d : 0;
    return std::min(size[axis], (high - first + d - 1) / d) - begin;
  }

  static Shape per_axis(const Shape& given, int rank, const char* what) {
    if (given.rank() != 1 && given.rank() != rank) {
      refuse(std::string("pool ") + what + " has " + std::to_string(given.rank()) +
             " values; allowed: one for all axes, or one for each of " + std::to_string(rank));
    }
    return given.rank() == rank ? given : Shape::filled(rank, given[0]);
  }

  void check_axis(int axis) const {
    const Padding& p = padding[static_cast<std::size_t>(axis)];
    if (size[axis] < 1 || stride[axis] < 1 || dilation[axis] < 1) {
      refuse("pool size " + size.text() + ", stride " + stride.text() + ", dilation " +
             dilation.text() + ": at least 1 is needed");
    }
    const Index most = window(axis) / 2;
    if (p.before < 0 || p.after < 0 || p.before > most || p.after > most) {
      refuse("pool padding " + std::to_string(p.before) + ", " + std::to_string(p.after) +
             ": allowed is 0 to half the window, " + std::to_string(most));
    }
  }

  void does_not_fit(int axis, Index n) const {
    refuse("pool size " + std::to_string(size[axis]) + " does not fit into extent " +
           std::to_string(n) + " and its padding");
  }

  PoolOptions options_;
};

// The problem whose window pooling reads: padding that never wins, long enough for ceil mode.
Problem window_problem(const Geometry& g, const PoolOptions& options, const Format& in) {
  Problem p;
  Shape kernel{1};
  for (Index s : g.size) kernel.push_back(s);
  p.kernels = Array<double>(kernel);
  p.in_channels = in.channels;
  p.inner = in.inner;
  p.extent = in.extent;
  p.stride = g.stride;
  p.dilation = g.dilation;
  p.padding = g.padding;
  if (options.ceil) {
    for (std::size_t a = 0; a < p.padding.size(); ++a) {
      p.padding[a].after += g.stride[static_cast<int>(a)] - 1;
    }
  }
  p.boundary = Boundary::constant;
  p.constant = options.kind == Kind::max ? -std::numeric_limits<double>::infinity() : 0.0;
  p.max_slab = in.max_slab;
  return p;
}

template <class T>
class Engine {
 public:
  Engine(const Geometry& geometry, const PoolOptions& options, const Format& in)
      : g_(geometry),
        options_(options),
        in_(in),
        window_(window_problem(geometry, options, in), geometry.window(0), in.max_slab, 1),
        padded_inner_(window_problem(geometry, options, in).padded_inner()),
        row_(std::max(window_.row_samples(), Index{1})) {}

  Index process(const Slab& in, const SlabOf<T>& out) noexcept {
    Index taken = 0, given = 0;
    while (taken < in.extent) {
      const Index count = window_.push(in, taken);
      taken += count;
      received_ += count;
      given += compute(out, given, INT64_MAX);
    }
    return given;
  }

  Index finish(const SlabOf<T>& out) noexcept {
    if (!ended_) window_.end();
    ended_ = true;
    return compute(out, 0, std::min(g_.extent_of(0, received_), next_ + max_output()));
  }

  // Padding is at most half the size, so that no window is complete before its slab is there.
  Index max_output() const noexcept { return in_.max_slab / g_.stride[0] + 1; }

  void reset() noexcept {
    window_.reset();
    next_ = received_ = 0;
    ended_ = false;
  }

  Index memory_bytes() const noexcept { return window_.memory_bytes(); }

 private:
  Index compute(const SlabOf<T>& out, Index at, Index end) noexcept {
    Index given = 0;
    while (next_ < end && at + given < out.extent &&
           next_ * g_.stride[0] + g_.window(0) <= window_.available()) {
      for (Index c = 0; c < out.channels; ++c) pool_position(c, out.at(c, at + given));
      ++given;
      ++next_;
      window_.release(next_ * g_.stride[0]);
    }
    return given;
  }

  // Samples of the mean along the stream axis: before the end, whatever follows is signal.
  Index stream_divisor() const noexcept {
    return g_.divisor(0, next_, ended_ ? received_ : INT64_MAX / 2);
  }

  void pool_position(Index c, T* out) noexcept {
    const int rank = in_.spatial_rank();
    if (rank == 1) {
      T value = start();
      for (Index k = 0; k < g_.size[0]; ++k) {
        take_in(options_, window_.at(c, next_ * g_.stride[0] + k * g_.dilation[0]), &value, 1);
      }
      *out = scaled(value, stream_divisor());
      return;
    }
    const int last = rank - 1;
    for_each_position(g_.out_inner.to(last - 1), [&](const Shape& m) {
      Index divisor = stream_divisor();
      for (int axis = 0; axis < m.rank(); ++axis) {
        divisor *= g_.divisor(axis + 1, m[axis], in_.inner[axis]);
      }
      collect_rows(c, m);
      for (Index x = 0; x < g_.out_inner[last - 1]; ++x) {
        T value = start();
        for (Index k = 0; k < g_.size[last]; ++k) {
          combine(options_, row_[x * g_.stride[last] + k * g_.dilation[last]], &value);
        }
        *out++ = scaled(value, divisor * g_.divisor(last, x, in_.inner[last - 1]));
      }
    });
  }

  // Row by row over all axes but the last into row_.
  void collect_rows(Index c, const Shape& m) noexcept {
    const int last = in_.spatial_rank() - 1;
    std::fill(row_.begin(), row_.end(), start());
    for_each_position(g_.size.to(last), [&](const Shape& k) {
      Index row = 0;
      for (int axis = 1; axis < last; ++axis) {
        row = row * padded_inner_[axis - 1] + m[axis - 1] * g_.stride[axis] +
              k[axis] * g_.dilation[axis];
      }
      take_in(options_,
              window_.at(c, next_ * g_.stride[0] + k[0] * g_.dilation[0]) +
                  row * window_.row_samples(),
              row_.data(), row_.size());
    });
  }

  T start() const noexcept {
    return start_value<T>(options_);
  }
  T scaled(T value, Index divisor) const noexcept {
    return finished(options_, value, divisor);
  }

  Geometry g_;
  PoolOptions options_;
  Format in_;
  Window<T> window_;
  Shape padded_inner_;
  Buffer<T> row_;
  Index next_ = 0, received_ = 0;
  bool ended_ = false;
};

class Pool final : public Stage {
 public:
  explicit Pool(const PoolOptions& options) : options_(options) {}

  Format prepare(const Format& in, const Setting&) override {
    geometry_ = std::make_unique<Geometry>(options_, in);
    engine32_.reset();
    engine64_.reset();
    if (in.type == SampleType::float32) {
      engine32_ = std::make_unique<Engine<float>>(*geometry_, options_, in);
    } else {
      engine64_ = std::make_unique<Engine<double>>(*geometry_, options_, in);
    }
    Format out = in;
    out.inner = geometry_->out_inner;
    out.rate_hz = in.rate_hz / static_cast<double>(geometry_->stride[0]);
    if (in.extent) out.extent = geometry_->extent_of(0, *in.extent);
    out.max_slab = engine32_ ? engine32_->max_output() : engine64_->max_output();
    return out;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    return engine32_ ? engine32_->process(in, out.as<float>())
                     : engine64_->process(in, out.as<double>());
  }
  Index finish(const Slab& out) noexcept override {
    return engine32_ ? engine32_->finish(out.as<float>()) : engine64_->finish(out.as<double>());
  }
  void reset() noexcept override { engine32_ ? engine32_->reset() : engine64_->reset(); }

  Timing timing() const override {
    Timing timing;
    const Padding& p = geometry_->padding[0];
    timing.latency = geometry_->window(0) - 1 - p.before;
    timing.field.append(geometry_->window(0), geometry_->stride[0], p.before);
    timing.period = geometry_->stride[0];
    return timing;
  }

  Explanation explain() const override {
    Explanation result;
    result.text = std::string(name(options_.kind)) + " pool of " +
                  geometry_->size.text() + ", stride " + geometry_->stride.text();
    // A comparison or an addition for every tap.
    result.flops_per_position = static_cast<double>(
        geometry_->size.product() * geometry_->channels * geometry_->out_inner.product());
    for (int axis = 1; axis < geometry_->size.rank(); ++axis) {
      result.inner_fields.emplace_back().append(geometry_->window(axis), geometry_->stride[axis],
                                                geometry_->padding[static_cast<std::size_t>(axis)]
                                                    .before);
    }
    result.memory_bytes = engine32_ ? engine32_->memory_bytes() : engine64_->memory_bytes();
    return result;
  }

 private:
  PoolOptions options_;
  std::unique_ptr<Geometry> geometry_;
  std::unique_ptr<Engine<float>> engine32_;
  std::unique_ptr<Engine<double>> engine64_;
};

}  // namespace

StagePtr make_pool(const PoolOptions& options) { return std::make_unique<Pool>(options); }

}  // namespace faltung
