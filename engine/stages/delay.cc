// Shifts a signal along the stream axis.
#include "engine/stages/delay.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "engine/stream/slab_memory.h"

namespace faltung {
namespace {

class Delay final : public Stage {
 public:
  explicit Delay(const DelayOptions& options) : options_(options) {}

  Format prepare(const Format& in, const Setting& setting) override {
    check(static_cast<double>(options_.positions));
    positions_ = options_.positions + frames_of_milliseconds(in, setting);
    check(static_cast<double>(positions_));
    max_slab_ = in.max_slab;
    past_ = SlabMemory(in, std::max(positions_, Index{1}));
    reset();
    Format out = in;
    if (out.extent) *out.extent += positions_;
    return out;
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    if (positions_ == 0) {
      copy_positions(in, out);
      return in.extent;
    }
    for (Index done = 0; done < in.extent;) {
      const Index count = std::min(in.extent - done, positions_ - at_);
      const Slab past = past_.slab().part(at_, count);
      copy_positions(past, out.part(done, count));
      copy_positions(in.part(done, count), past);
      at_ = (at_ + count) % positions_;
      done += count;
    }
    return in.extent;
  }

  Index finish(const Slab& out) noexcept override {
    const Index count = std::min({left_, positions_ - at_, max_slab_});
    copy_positions(past_.slab().part(at_, count), out);
    left_ -= count;
    if (count > 0) at_ = (at_ + count) % positions_;
    return count;
  }

  void reset() noexcept override {
    past_.clear();
    at_ = 0;
    left_ = positions_;
  }

  Timing timing() const override {
    Timing timing;
    timing.field.start = -positions_;
    timing.tail = positions_;
    return timing;
  }

  Explanation explain() const override {
    Explanation result;
    result.text = "delay of " + std::to_string(positions_) + " positions";
    result.memory_bytes = past_.bytes();
    return result;
  }

 private:
  static void check(double positions) {
    if (positions >= 0 && positions <= static_cast<double>(kLongestDelay)) return;
    char given[40];
    std::snprintf(given, sizeof given, "%.17g", positions);
    throw Error(Code::configuration, std::string("delay of ") + given +
                                         " positions; allowed: 0 to " +
                                         std::to_string(kLongestDelay));
  }

  Index frames_of_milliseconds(const Format& in, const Setting& setting) const {
    if (options_.milliseconds == 0) return 0;
    if (in.rate_hz <= 0) {
      throw Error(Code::configuration,
                  "delay in ms needs a signal with a rate; say it in samples, or give the rate");
    }
    const double exact = options_.milliseconds * 1e-3 * in.rate_hz;
    const double rounded = std::round(exact);
    check(rounded);
    if (std::abs(exact - rounded) > 1e-6) {
      char text[120];
      std::snprintf(text, sizeof text, "delay of %g ms rounded to %.0f frames (%g ms)",
                    options_.milliseconds, rounded, rounded * 1e3 / in.rate_hz);
      setting.say(text);
    }
    return static_cast<Index>(rounded);
  }

  DelayOptions options_;
  Index positions_ = 0, max_slab_ = 0;
  SlabMemory past_;
  Index at_ = 0;    // the oldest position in past_
  Index left_ = 0;  // that finish still has to give
};

}  // namespace

StagePtr make_delay(const DelayOptions& options) { return std::make_unique<Delay>(options); }

}  // namespace faltung
