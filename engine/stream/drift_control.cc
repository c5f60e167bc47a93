// Decides how fast captured frames are read, so that two devices on different clocks stay together.
#include "engine/stream/drift_control.h"

#include <algorithm>
#include <cmath>

namespace faltung {
namespace {

constexpr double kSettle_s = 0.25;       // of both lines, before the first frame plays
constexpr double kBandwidth = 0.02;      // rad/s in the end: the lines' jitter stays below some ppm
constexpr double kFirstBandwidth = 0.5;  // of a loop that knows nothing yet …
constexpr double kNarrowing_s = 8;       // … and that narrows in inverse proportion to its age
constexpr double kSmoothing = 10;        // bandwidths, of the error
constexpr double kMostDrift = 1e-3;      // of devices that work; as pitch 2 cents

}  // namespace

DriftControl::DriftControl(const DriftOptions& options) noexcept
    : options_(options),
      capture_(options.capture_hz),
      playback_(options.playback_hz),
      ratio_(options.playback_hz / options.capture_hz) {}

void DriftControl::captured(Index put, Index dropped, double time_s) noexcept {
  put_ = put;
  dropped_ = dropped;
  capture_.observe(put + dropped, time_s);
}

double DriftControl::delay() const noexcept {
  const double now_s = playback_.time_of(static_cast<double>(played_));
  return capture_.frames_at(now_s) - static_cast<double>(dropped_) - position_;
}

// Critically damped: proportional 2ω, integral ω²; two poles far above keep what jitter is left out
// of the sound, where it would be phase noise.
void DriftControl::steer(double seconds) noexcept {
  const double bandwidth =
      std::clamp(kNarrowing_s / (age_s_ + kNarrowing_s), kBandwidth, kFirstBandwidth);
  const double towards = 1 - std::exp(-kSmoothing * bandwidth * seconds);
  smooth_ += towards * (error_ - smooth_);
  smoother_ += towards * (smooth_ - smoother_);
  const double error_s = smoother_ / options_.capture_hz;
  drift_ = std::clamp(drift_ + bandwidth * bandwidth * error_s * seconds, -kMostDrift, kMostDrift);
  const double correction = std::clamp(drift_ + 2 * bandwidth * error_s, -kMostDrift, kMostDrift);
  ratio_ = options_.playback_hz / (options_.capture_hz * (1 + correction));
  age_s_ += seconds;
}

void DriftControl::ran_dry() noexcept {
  plays_ = false;
  capture_.doubt();
}

DriftControl::Step DriftControl::wait(Index taken) noexcept {
  Step step;
  position_ = static_cast<double>(taken);
  const auto target = static_cast<Index>(options_.target);
  step.skip = std::max<Index>(0, put_ - taken - target);
  position_ += static_cast<double>(step.skip);
  if (std::min(capture_.observed_s(), playback_.observed_s()) < kSettle_s) return step;
  const double beyond = delay() - options_.target;
  const double held = static_cast<double>(put_) - position_ - beyond;  // by then, in the ring
  if (beyond < 0 || held < options_.target - options_.most_error) return step;
  step.skip += static_cast<Index>(beyond);
  position_ += std::floor(beyond);
  step.plays = step.begins = plays_ = true;
  smooth_ = smoother_ = 0;
  if (++starts_ > 1) age_s_ = std::min(age_s_, 1 / kBandwidth);  // the drift is known already
  return step;
}

DriftControl::Step DriftControl::playing(Index frames, double time_s, Index taken) noexcept {
  playback_.observe(played_, time_s);
  Step step;
  if (plays_) {
    error_ = delay() - options_.target;
    plays_ = std::abs(error_) <= options_.most_error;
  }
  if (!plays_) step = wait(taken);
  if (plays_) {
    if (step.begins) error_ = delay() - options_.target;
    steer(static_cast<double>(frames) / options_.playback_hz);
    step.plays = true;
    step.ratio = ratio_;
    position_ += static_cast<double>(frames) / ratio_;
  }
  played_ += frames;
  return step;
}

}  // namespace faltung
