// Momentary loudness: the power of K-weighted channels over the last 400 ms.
#include "engine/stages/loudness.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace faltung {
namespace {

constexpr double kPartSeconds = 0.01;
constexpr double kOffset = -0.691;  // makes a full-scale sine of 997 Hz in one channel −3.01

// The standard's coefficients at 48 kHz are these two filters to all their digits.
SectionStep shelf_step(double rate_hz) {
  const double k = std::tan(std::numbers::pi * 1681.974450955533 / rate_hz);
  const double q = 0.7071752369554196, gain = std::pow(10.0, 3.999843853973347 / 20);
  const double middle = std::pow(gain, 0.4996667741545416);
  return SectionStep(SectionShape(Section{gain, middle * k / q, k * k, k / q, k * k}));
}

SectionStep highpass_step(double rate_hz) {
  const double k = std::tan(std::numbers::pi * 38.13547087602444 / rate_hz);
  const double q = 0.5003270373238773;
  return SectionStep(SectionShape(Section{1 + k / q + k * k, 0, 0, k / q, k * k}));
}

}  // namespace

Loudness::Loudness(Index channels, double rate_hz)
    : steps_{shelf_step(rate_hz), highpass_step(rate_hz)},
      channels_(static_cast<std::size_t>(channels)),
      part_frames_(std::max<Index>(1, std::lround(kPartSeconds * rate_hz))) {}

template <class T>
void Loudness::add(Index channel, const T* samples, Index count) noexcept {
  Channel& state = channels_[static_cast<std::size_t>(channel)];
  Index part = part_, frame = frame_;
  for (Index n = 0; n < count;) {
    if (frame == part_frames_) {
      frame = 0;
      part = (part + 1) % kParts;
    }
    double& power = power_[static_cast<std::size_t>(part)];
    if (frame == 0 && channel == 0) power = 0;
    const Index end = n + std::min(count - n, part_frames_ - frame);
    frame += end - n;
    for (; n < end; ++n) {
      const double shelved = state.shelf.next(steps_[0], static_cast<double>(samples[n]));
      const double weighted = state.highpass.next(steps_[1], shelved);
      power += weighted * weighted;
    }
  }
}

template void Loudness::add(Index, const float*, Index) noexcept;
template void Loudness::add(Index, const double*, Index) noexcept;

void Loudness::advance(Index count) noexcept {
  while (count > 0) {
    if (frame_ == part_frames_) {
      frame_ = 0;
      part_ = (part_ + 1) % kParts;
    }
    const Index step = std::min(count, part_frames_ - frame_);
    frame_ += step;
    count -= step;
  }
  const double sum = std::accumulate(power_.begin(), power_.end(), 0.0);
  if (!std::isfinite(sum)) reset();  // NaN would stay in the filters for ever
}

double Loudness::momentary_lufs() const noexcept {
  const double sum = std::accumulate(power_.begin(), power_.end(), 0.0);
  const Index heard = (kParts - 1) * part_frames_ + frame_;
  const double mean = heard > 0 ? sum / static_cast<double>(heard) : 0;
  return mean > 0 ? std::max(kSilenceLufs, kOffset + 10 * std::log10(mean)) : kSilenceLufs;
}

void Loudness::reset() noexcept {
  std::fill(channels_.begin(), channels_.end(), Channel{});
  power_.fill(0);
  frame_ = part_ = 0;
}

}  // namespace faltung
