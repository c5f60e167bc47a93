// Keeps every sample at or below a ceiling, by turning down before a peak comes.
#include "engine/stages/limiter.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "engine/design/number_text.h"
#include "engine/simd/denormals.h"
#include "engine/stages/channel_delay.h"
#include "engine/stages/limiter_gain.h"
#include "engine/stages/series.h"
#include "engine/stream/input_guard.h"

namespace faltung {
namespace {

constexpr double kLowestCeilingDb = -100, kHighestCeilingDb = 20;
constexpr double kMostLookaheadMs = 100;
constexpr double kDecay = 13.8;      // release times until a reduction is 120 dB down
constexpr double kNothingDb = -200;  // stands for a gain of 0
constexpr double kLeastReleaseMs = 1, kMostReleaseMs = 10000;

// The largest T that is not above `value`.
template <class T>
T not_above(double value) noexcept {
  const T near = static_cast<T>(value);
  return static_cast<double>(near) > value ? std::nextafter(near, T(0)) : near;
}

class Limiter final : public Stage {
 public:
  explicit Limiter(const LimiterOptions& options)
      : options_(options), ceiling_(std::pow(10.0, options.ceiling_db / 20)) {}

  Format prepare(const Format& in, const Setting& setting) override {
    check_rate(in, "limiter");
    lookahead_ = static_cast<Index>(std::round(options_.lookahead_ms * 1e-3 * in.rate_hz));
    if (lookahead_ > kLongestLookahead) {
      throw Error(Code::configuration, "limiter looks ahead by " + std::to_string(lookahead_) +
                                           " frames; allowed: at most " +
                                           std::to_string(kLongestLookahead));
    }
    const double release = std::exp(-1e3 / (options_.release_ms * in.rate_hz));
    gains_.clear();
    delays_.clear();
    for (Index c = 0; c < in.channels; ++c) delays_.emplace_back(in, lookahead_);
    for (Index g = 0; g < (options_.linked ? 1 : in.channels); ++g) {
      gains_.emplace_back(lookahead_, release);
    }
    past_ = lookahead_ +
            static_cast<Index>(std::ceil(kDecay * options_.release_ms * 1e-3 * in.rate_hz));
    gain_ = Buffer<double>(in.max_slab);
    work_ = SlabMemory(in, in.max_slab);
    zeros_ = SlabMemory(in, in.max_slab);
    guard_.reset();
    if (setting.clock == Clock::live) guard_.emplace(in, in.type);
    reset();
    return in;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    const FlushDenormals flush;
    return limit(guard_ ? guard_->admit(in) : in, out);
  }

  // Zeros push out what is held back.
  Index finish(const Slab& out) noexcept override {
    const FlushDenormals flush;
    Index given = 0;
    while (given == 0 && to_push_ > 0) {
      const Index count = std::min(to_push_, zeros_.slab().extent);
      to_push_ -= count;
      given = limit(zeros_.slab().part(0, count), out);
    }
    return given;
  }

  void reset() noexcept override {
    for (LimiterGain& gain : gains_) gain.reset();
    for (ChannelDelay& delay : delays_) delay.reset();
    to_skip_ = to_push_ = lookahead_;
    reduction_.publish(0);
  }

  Timing timing() const override {
    Timing timing;
    timing.latency = lookahead_;
    timing.field.start = -past_;
    timing.field.extent = past_ + 1 + lookahead_;
    timing.period = 0;
    return timing;
  }

  Explanation explain() const override {
    Explanation result;
    result.text = "limiter at " + number_text(options_.ceiling_db) + " dB, look-ahead " +
                  number_text(options_.lookahead_ms) + " ms, release " +
                  number_text(options_.release_ms) + " ms, " +
                  (options_.linked ? "linked" : "each channel by itself");
    result.memory_bytes = work_.bytes() + zeros_.bytes();
    for (const LimiterGain& gain : gains_) result.memory_bytes += gain.bytes();
    for (const ChannelDelay& delay : delays_) result.memory_bytes += delay.bytes();
    return result;
  }

  std::vector<Control> controls() override { return {control_of(reduction_)}; }

 private:
  Index limit(const Slab& in, const Slab& out) noexcept {
    const Index skipped = std::min(in.extent, to_skip_);
    to_skip_ -= skipped;
    double least = 1;
    for (std::size_t g = 0; g < gains_.size(); ++g) {
      const Slab mine = options_.linked ? in : in.some_channels(static_cast<Index>(g), 1);
      least = std::min(least, find_gain(gains_[g], mine));
      const std::size_t first = options_.linked ? 0 : g;
      for (std::size_t c = first; c < first + static_cast<std::size_t>(mine.channels); ++c) {
        apply(c, in, out, skipped);
      }
    }
    reduction_.publish(least > 0 ? 20 * std::log10(least) : kNothingDb);
    return in.extent - skipped;
  }

  // Fills gain_ from the largest magnitudes over the channels of `in`; returns the smallest gain.
  double find_gain(LimiterGain& gain, const Slab& in) noexcept {
    std::fill_n(gain_.data(), in.extent, 0.0);
    with_sample_type(in.type, [&]<class T>() {
      for (Index c = 0; c < in.channels; ++c) {
        const T* x = in.as<const T>().channel(c);
        for (Index n = 0; n < in.extent; ++n) {
          gain_[n] = std::max(gain_[n], static_cast<double>(std::abs(x[n])));
        }
      }
    });
    double least = 1;
    for (Index n = 0; n < in.extent; ++n) {
      gain_[n] = gain.next(gain_[n] > ceiling_ ? ceiling_ / gain_[n] : 1);
      least = std::min(least, gain_[n]);
    }
    return least;
  }

  // One channel, delayed, times gain_. The bounds catch what rounding may add to the last bit.
  void apply(std::size_t channel, const Slab& in, const Slab& out, Index skipped) noexcept {
    const auto c = static_cast<Index>(channel);
    const Slab work = work_.slab().part(0, in.extent).some_channels(c, 1);
    delays_[channel].process(in.some_channels(c, 1), work);
    with_sample_type(in.type, [&]<class T>() {
      const T ceiling = not_above<T>(ceiling_);
      const T* from = work.as<const T>().data;
      T* to = out.as<T>().channel(c) - skipped;
      for (Index n = skipped; n < in.extent; ++n) {
        const T y = static_cast<T>(static_cast<double>(from[n]) * gain_[n]);
        to[n] = std::clamp(y, -ceiling, ceiling);
      }
    });
  }

  LimiterOptions options_;
  double ceiling_;
  Reading reduction_{"reduction_db", "dB"};
  std::vector<LimiterGain> gains_;    // one, or one for each channel
  std::vector<ChannelDelay> delays_;  // one for each channel
  Buffer<double> gain_;               // of a slab
  SlabMemory work_, zeros_;
  std::optional<InputGuard> guard_;  // live
  Index lookahead_ = 0, past_ = 0;
  Index to_skip_ = 0;  // outputs before the signal's begin
  Index to_push_ = 0;  // zeros that finish still has to push
};

}  // namespace

StagePtr make_limiter(const LimiterOptions& options) { return std::make_unique<Limiter>(options); }

StagePtr read_limiter(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  at.check_keys(node, "limiter", {"ceiling_db", "lookahead_ms", "release_ms", "linked"});
  LimiterOptions options;
  const auto read = [&](const char* key, double low, double high, double* to) {
    if (const Node* value = node.find(key)) *to = read_within(*value, at, low, high);
  };
  read("ceiling_db", kLowestCeilingDb, kHighestCeilingDb, &options.ceiling_db);
  read("lookahead_ms", 0, kMostLookaheadMs, &options.lookahead_ms);
  read("release_ms", kLeastReleaseMs, kMostReleaseMs, &options.release_ms);
  if (const Node* linked = node.find("linked")) options.linked = at.flag(*linked);
  return make_limiter(options);
}

}  // namespace faltung
