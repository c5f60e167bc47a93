// The gain of a look-ahead limiter: never above what any sample needs, and smooth.
#include "engine/stages/limiter_gain.h"

#include <algorithm>
#include <cmath>

namespace faltung {
namespace {

constexpr std::int64_t kOne = std::int64_t{1} << 30;

}  // namespace

// Averages over n and m frames together reach back n + m − 2 frames.
LimiterGain::LimiterGain(Index lookahead, double release)
    : release_(release),
      window_(lookahead + 1),
      needs_(window_),
      frames_(window_),
      once_(lookahead / 2 + 1),
      twice_(lookahead - lookahead / 2 + 1) {
  reset();
}

void LimiterGain::RunningSum::fill(std::int64_t value) noexcept {
  std::fill(values.begin(), values.end(), value);
  sum = value * values.size();
  at = 0;
}

std::int64_t LimiterGain::RunningSum::next(std::int64_t value) noexcept {
  sum += value - values[at];
  values[at] = value;
  at = at + 1 == values.size() ? 0 : at + 1;
  return sum;
}

void LimiterGain::reset() noexcept {
  first_ = held_ = frame_ = 0;
  reached_ = 1;
  once_.fill(kOne);
  twice_.fill(kOne * once_.values.size());
}

std::int64_t LimiterGain::smallest(std::int64_t needed) noexcept {
  const auto slot = [this](Index i) { return (first_ + i) % window_; };
  if (held_ > 0 && frames_[first_] <= frame_ - window_) {
    first_ = slot(1);
    --held_;
  }
  while (held_ > 0 && needs_[slot(held_ - 1)] >= needed) --held_;
  needs_[slot(held_)] = needed;
  frames_[slot(held_)] = frame_++;
  ++held_;
  return needs_[first_];
}

double LimiterGain::next(double needed) noexcept {
  const auto scaled = static_cast<std::int64_t>(std::floor(needed * static_cast<double>(kOne)));
  const std::int64_t held = smallest(std::clamp<std::int64_t>(scaled, 0, kOne));
  // Rounded to nearest: rounded down a release would never end.
  reached_ = 1 - (1 - reached_) * release_;
  const auto released = std::llround(reached_ * static_cast<double>(kOne));
  const std::int64_t gain = std::min<std::int64_t>(held, released);
  if (gain == held) reached_ = static_cast<double>(held) / static_cast<double>(kOne);
  const std::int64_t sum = twice_.next(once_.next(gain));
  const std::int64_t whole = kOne * once_.values.size() * twice_.values.size();
  return static_cast<double>(sum) / static_cast<double>(whole);
}

Index LimiterGain::bytes() const noexcept {
  return 8 * (2 * window_ + once_.values.size() + twice_.values.size());
}

}  // namespace faltung
