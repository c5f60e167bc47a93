// A device's clock as a straight line: at which time which frame.
#include "engine/stream/clock_line.h"

#include <algorithm>
#include <cmath>

namespace faltung {
namespace {

constexpr double kMemory_s =
    16;  // of the fading: 1 ms of jitter becomes some 20 µs at blocks of 64
constexpr double kPrior_s = 0.5;        // the nominal rate counts as much as this long a look
constexpr double kFar_s = 0.05;         // beyond any jitter of a device that runs
constexpr double kDisbelieved_s = 0.2;  // a hiccup's late callbacks are over by then

}  // namespace

double ClockLine::time_of(double frames) const noexcept {
  return time_s_ + (frames - static_cast<double>(frames_)) * period_s_;
}

double ClockLine::frames_at(double time_s) const noexcept {
  return static_cast<double>(frames_) + (time_s - time_s_) / period_s_;
}

void ClockLine::move_to(Index frames, double time_s) noexcept {
  frames_ = frames;
  time_s_ = time_s;
  offset_memory_ = 1;
  observed_s_ = disbelieved_s_ = 0;
  begun_ = true;
}

void ClockLine::doubt() noexcept {
  offset_memory_ = 0;
  observed_s_ = disbelieved_s_ = 0;
}

void ClockLine::observe(Index frames, double time_s) noexcept {
  if (!begun_) return move_to(frames, time_s);
  const auto passed = static_cast<double>(frames - frames_);
  if (passed <= 0) return;
  const double step_s = passed * period_s_;
  const double expected_s = time_s_ + step_s;
  const double late_s = time_s - expected_s;
  frames_ = frames;
  time_s_ = expected_s;
  observed_s_ += step_s;
  if (std::abs(late_s) > kFar_s) {
    disbelieved_s_ += step_s;
    if (disbelieved_s_ + std::abs(late_s) > kDisbelieved_s) move_to(frames, time_s);
    return;
  }
  disbelieved_s_ = 0;
  offset_memory_ += 1;
  slope_memory_s_ += step_s;
  const double n = offset_memory_, m = (kPrior_s + slope_memory_s_) / step_s + 1;
  const double kept = std::exp(-2 * step_s / kMemory_s);
  const double offset_gain = std::max(1 - kept * kept, 2 * (2 * n - 1) / (n * (n + 1)));
  const double slope_gain = std::max((1 - kept) * (1 - kept), 6 / (m * (m + 1)));
  time_s_ += offset_gain * late_s;
  period_s_ =
      std::clamp(period_s_ + slope_gain * late_s / passed, 0.99 * nominal_s_, 1.01 * nominal_s_);
}

}  // namespace faltung
