// The stage this project exists for: convolution and correlation of any rank.
#include "engine/stages/convolve.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

#include "engine/convolve/planner.h"
#include "engine/stages/connect.h"
#include "engine/stages/fit_rate.h"

namespace faltung {
namespace {

constexpr double kTolerance32 = 1e-6;  // promised for float32: README
constexpr double kTolerance64 = 1e-13;

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

const char* solver_name(Method method) {
  switch (method) {
    case Method::direct:
      return "direct";
    case Method::separable:
      return "separable";
    case Method::fft:
      return "overlap_save";
    case Method::partitioned:
      return "partitioned";
    case Method::automatic:
      break;
  }
  return "auto";
}

// One value for each spatial axis from none (all 1), one (all the same) or all of them.
Shape per_axis(const Shape& given, int rank, const char* what) {
  if (given.rank() == 0) return Shape::filled(rank, 1);
  if (given.rank() == 1) return Shape::filled(rank, given[0]);
  if (given.rank() != rank) {
    refuse(std::string(what) + " has " + std::to_string(given.rank()) +
           " values; allowed: one for all axes, or one for each of the signal's " +
           std::to_string(rank));
  }
  return given;
}

class Convolve final : public Stage {
 public:
  explicit Convolve(const ConvolveOptions& options) : options_(options) {}

  Format prepare(const Format& in, const Setting& setting) override {
    streaming_.reset();
    Kernel kernel = at_rate_of(in, options_.kernel(in));
    name_ = kernel.name;
    std::istringstream remarks(kernel.remark);
    for (std::string line; std::getline(remarks, line);) setting.say(line);
    problem_ = Problem{};
    state_signal(in, setting);
    connect(std::move(kernel), in, connecting(), &problem_);
    state_padding(in, setting);
    state_bias();
    plan_ = make_plan(problem_, setting.costs ? *setting.costs : Costs{}, setting.workers,
                      solver_name(options_.method));
    streaming_ = plan_.candidates[plan_.chosen].prepare();
    return output_format(in);
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    return activated(out, streaming_->process(in, out));
  }
  Index finish(const Slab& out) noexcept override {
    return activated(out, streaming_->finish(out));
  }
  void reset() noexcept override { streaming_->reset(); }

  Timing timing() const override {
    const Padding& padding = problem_.padding_of(0);
    const Index e = problem_.dilated(0);
    Timing timing;
    timing.latency = std::max(e - 1 - padding.before, head_latency());
    // Live, tiles divide the block: without looking ahead they wait for uneven slabs only.
    const bool on_time = problem_.block && timing.latency == 0;
    (on_time ? timing.uneven : timing.latency) += streaming_->held_back();
    timing.field.append(e, problem_.stride[0], padding.before);
    timing.tail = padding.after / problem_.stride[0];
    return timing;
  }

  Explanation explain() const override {
    Explanation result;
    result.text =
        std::string(options_.orientation == Orientation::convolution ? "convolve" : "correlate") +
        " " + name_ + ": " + problem_.text();
    result.flops_per_position = problem_.flops_per_position();
    result.memory_bytes = streaming_->memory_bytes();
    for (std::size_t i = 0; i < plan_.candidates.size(); ++i) {
      const Candidate& c = plan_.candidates[i];
      result.candidates.push_back({c.solver, c.detail, c.seconds, c.error, i == plan_.chosen,
                                   c.worst_block_s});
      if (!c.schedule) continue;
      result.candidates.back().levels = c.schedule->levels;
      result.candidates.back().direct_taps = c.schedule->direct_taps;
    }
    return result;
  }

 private:
  // Input that the boundary wants to see before the first output.
  Index head_latency() const noexcept {
    if (problem_.boundary == Boundary::wrap) return *problem_.extent;
    const bool constant =
        problem_.boundary == Boundary::zero || problem_.boundary == Boundary::constant;
    return constant ? 0 : problem_.padding_of(0).before + 1;
  }

  void state_signal(const Format& in, const Setting& setting) {
    const int rank = in.spatial_rank();
    problem_.in_channels = in.channels;
    problem_.extent = in.extent;
    problem_.inner = in.inner;
    problem_.stride = per_axis(options_.stride, rank, "stride");
    problem_.dilation = per_axis(options_.dilation, rank, "dilation");
    problem_.arithmetic = options_.precision.value_or(in.type);
    problem_.tolerance = problem_.arithmetic == SampleType::float32 ? kTolerance32 : kTolerance64;
    problem_.max_slab = in.max_slab;
    if (setting.clock == Clock::live) problem_.block = in.max_slab;
  }

  ConnectOptions connecting() const {
    return {options_.groups, std::pow(10.0, options_.gain_db / 20),
            options_.orientation == Orientation::convolution};
  }

  void state_padding(const Format& in, const Setting& setting) {
    const int rank = in.spatial_rank();
    const bool numbers = options_.padding.has_value();
    const Mode mode = options_.mode.value_or(in.is_series() ? Mode::full : Mode::same);
    const bool continued = !in.is_series() && !numbers && mode == Mode::same;
    problem_.boundary = options_.boundary.value_or(continued ? Boundary::reflect : Boundary::zero);
    problem_.constant = options_.constant;
    if (numbers && options_.padding->size() != 1 &&
        options_.padding->size() != static_cast<std::size_t>(rank)) {
      refuse("padding has " + std::to_string(options_.padding->size()) +
             " values; allowed: one for all axes, or one for each of the signal's " +
             std::to_string(rank));
    }
    for (int axis = 0; axis < rank; ++axis) {
      const std::size_t at =
          numbers && options_.padding->size() > 1 ? static_cast<std::size_t>(axis) : 0;
      problem_.padding.push_back(numbers ? (*options_.padding)[at]
                                         : padding_for(mode, problem_.dilated(axis)));
    }
    if (problem_.boundary == Boundary::wrap && setting.clock == Clock::live) {
      refuse("boundary 'wrap' needs the end of the signal first: it cannot run live");
    }
  }

  void state_bias() {
    const std::size_t outs = static_cast<std::size_t>(problem_.out_channels);
    problem_.bias = options_.bias;
    if (problem_.bias.size() == 1) problem_.bias.assign(outs, options_.bias[0]);
    if (!problem_.bias.empty() && problem_.bias.size() != outs) {
      refuse("bias has " + std::to_string(options_.bias.size()) +
             " values; allowed: one for all output channels, or one for each of " +
             std::to_string(outs));
    }
  }

  Format output_format(const Format& in) const {
    Format out = in;
    out.channels = problem_.out_channels;
    out.inner = problem_.output_inner();
    out.rate_hz = in.rate_hz / static_cast<double>(problem_.stride[0]);
    if (in.extent) out.extent = problem_.output_extent_of(0);
    out.max_slab = streaming_->max_output();
    return out;
  }

  Index activated(const Slab& out, Index count) const noexcept {
    if (!options_.activation || count == 0) return count;
    with_sample_type(out.type, [&]<class T>() {
      const SlabOf<T> mine = out.as<T>();
      for (Index c = 0; c < out.channels; ++c) {
        activate(*options_.activation, mine.channel(c), count * out.inner);
      }
    });
    return count;
  }

  ConvolveOptions options_;
  std::string name_;
  Problem problem_;
  Plan plan_;
  std::unique_ptr<Streaming> streaming_;
};

}  // namespace

StagePtr make_convolve(const ConvolveOptions& options) {
  return std::make_unique<Convolve>(options);
}

}  // namespace faltung
