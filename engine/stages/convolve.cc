// The stage this project exists for: convolution and correlation of any rank.
#include "engine/stages/convolve.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

#include "engine/convolve/planner.h"
#include "engine/simd/denormals.h"
#include "engine/stages/connect.h"
#include "engine/stages/fit_rate.h"
#include "engine/stream/input_guard.h"

namespace faltung {
namespace {

constexpr double kTolerance32 = 1e-6;  // promised for float32: README
constexpr double kTolerance64 = 1e-13;
constexpr double kPastSeconds = 2;  // that a longer response finds when it is swapped in
constexpr double kLongestFadeMs = 60'000;

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

class Convolve final : public ConvolveStage {
 public:
  explicit Convolve(const ConvolveOptions& options) : options_(options) {}

  Format prepare(const Format& in, const Setting& setting) override {
    streaming_.reset();
    swappable_ = nullptr;
    guard_.reset();
    in_ = in;
    setting_ = setting;
    Kernel kernel = at_rate_of(in, options_.kernel(in));
    name_ = kernel.name;
    std::istringstream remarks(kernel.remark);
    for (std::string line; std::getline(remarks, line);) setting.say(line);
    problem_ = Problem{};
    problem_.on_time = setting.any_length || setting.swaps != Swaps::none;
    state_signal(in, setting);
    connect(std::move(kernel), in, connecting(), &problem_);
    state_padding(in, setting);
    state_bias();
    plan_ = make_plan(problem_, setting.costs ? *setting.costs : Costs{}, setting.workers,
                      solver_name(options_.method));
    streaming_ = plan_.candidates[plan_.chosen].prepare();
    out_ = output_format(in);
    if (setting.clock == Clock::live) guard_.emplace(in, problem_.arithmetic);
    if (setting.swaps != Swaps::none && setting.clock == Clock::live) make_swappable();
    return out_;
  }

  std::uint64_t swap(const ConvolveOptions& options, double fade_ms) override {
    if (!swappable_) refuse("responses can only be swapped live, where it has been asked for");
    Convolve next(options);
    Setting setting = setting_;
    setting.swaps = Swaps::none;
    setting.any_length = true;
    next.prepare(in_, setting);
    if (next.out_.channels != out_.channels || next.out_.inner != out_.inner) {
      refuse("'" + next.name_ + "' gives " + next.out_.text() + "; the swapped one gives " +
             out_.text());
    }
    next.require_causal();
    if (options.activation != options_.activation) {
      refuse("a swapped response must have the activation of the one before");
    }
    return swappable_->offer(next.streaming_, next.problem_.dilated(0), fade_frames(fade_ms));
  }

  std::vector<SwapReport> collect_swaps() override {
    return swappable_ ? swappable_->collect() : std::vector<SwapReport>{};
  }
  Index late_blocks() const noexcept override { return streaming_->late_blocks(); }
  Index muted_slabs() const noexcept override { return guard_ ? guard_->muted() : 0; }

  Index process(const Slab& in, const Slab& out) noexcept override {
    if (!guard_) return activated(out, streaming_->process(in, out));
    const FlushDenormals flush;
    return activated(out, streaming_->process(guard_->admit(in), out));
  }
  Index finish(const Slab& out) noexcept override {
    if (!guard_) return activated(out, streaming_->finish(out));
    const FlushDenormals flush;
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
    const bool anywhere = !problem_.block && problem_.boundary != Boundary::wrap;
    timing.period = anywhere ? streaming_->held_back() + problem_.stride[0] : 0;  // a tile
    return timing;
  }

  Explanation explain() const override {
    Explanation result;
    result.text =
        std::string(options_.orientation == Orientation::convolution ? "convolve" : "correlate") +
        " " + name_ + ": " + problem_.text();
    result.flops_per_position = problem_.flops_per_position();
    result.memory_bytes = streaming_->memory_bytes();
    for (int axis = 1; axis < problem_.rank(); ++axis) {
      result.inner_fields.emplace_back().append(problem_.dilated(axis), problem_.stride[axis],
                                                problem_.padding_of(axis).before);
    }
    for (std::size_t i = 0; i < plan_.candidates.size(); ++i) {
      const Candidate& c = plan_.candidates[i];
      result.candidates.push_back(
          {c.solver, c.detail, c.seconds, c.error, i == plan_.chosen, c.worst_block_s});
      if (!c.schedule) continue;
      result.candidates.back().levels = c.schedule->levels;
      result.candidates.back().direct_taps = c.schedule->direct_taps;
    }
    return result;
  }

 private:
  void make_swappable() {
    require_causal();
    SwapFormat format;
    format.type = in_.type;
    format.inputs = in_.channels;
    format.outputs = out_.channels;
    format.in_inner = in_.inner_size();
    format.out_inner = out_.inner_size();
    format.max_slab = in_.max_slab;
    format.history = std::max(problem_.dilated(0), static_cast<Index>(kPastSeconds * in_.rate_hz));
    format.policy = setting_.swaps;
    auto swappable = std::make_unique<SwappableConvolution>(std::move(streaming_), format);
    swappable_ = swappable.get();
    streaming_ = std::move(swappable);
  }

  // A swap at any frame must give that frame at once.
  void require_causal() const {
    if (problem_.padding_of(0).before == problem_.dilated(0) - 1 && problem_.stride[0] == 1 &&
        head_latency() == 0 && streaming_->held_back() == 0) {
      return;
    }
    refuse("'" + name_ + "': only causal responses at stride 1 can be swapped while running");
  }

  Index fade_frames(double fade_ms) const {
    if (!(fade_ms >= 0 && fade_ms <= kLongestFadeMs)) {
      refuse("fade of " + std::to_string(fade_ms) + " ms; allowed: 0 to " +
             std::to_string(static_cast<int>(kLongestFadeMs)));
    }
    return static_cast<Index>(std::llround(fade_ms / 1000 * in_.rate_hz));
  }

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
    problem_.tolerance = options_.tolerance.value_or(
        problem_.arithmetic == SampleType::float32 ? kTolerance32 : kTolerance64);
    problem_.memory = options_.memory;  // the stage's own limit, or the whole run's
    if (setting.memory > 0 && (problem_.memory == 0 || setting.memory < problem_.memory)) {
      problem_.memory = setting.memory;
    }
    problem_.max_slab = in.max_slab;
    if (setting.clock == Clock::live) problem_.block = in.max_slab;
    problem_.tail_threads = setting.tail_threads;
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
      problem_.padding.push_back(numbers ? (*options_.padding)[at] : padding_of(mode, axis));
    }
    if (problem_.boundary == Boundary::wrap && setting.clock == Clock::live) {
      refuse("boundary 'wrap' needs the end of the signal first: it cannot run live");
    }
  }

  Padding padding_of(Mode mode, int axis) const {
    const Index stride = problem_.stride[axis];
    const bool by_extent = stride > 1 && (mode == Mode::same_upper || mode == Mode::same_lower);
    if (!by_extent) return padding_for(mode, problem_.dilated(axis));
    if (axis == 0 && !problem_.extent) {
      refuse(
          "with a stride, modes 'same_upper' and 'same_lower' need the signal's extent first: "
          "not for streams whose end is not known");
    }
    return padding_for(mode, problem_.dilated(axis), problem_.input_extent(axis), stride);
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
  Format in_, out_;
  Setting setting_;
  std::unique_ptr<Streaming> streaming_;
  SwappableConvolution* swappable_ = nullptr;  // streaming_, where responses may be swapped
  std::optional<InputGuard> guard_;            // live
};

}  // namespace

std::unique_ptr<ConvolveStage> make_convolve(const ConvolveOptions& options) {
  return std::make_unique<Convolve>(options);
}

}  // namespace faltung
