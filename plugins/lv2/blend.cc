// What leaves a plugin: the processed and the unprocessed signal, weighed and in step.
#include "plugins/lv2/blend.h"

#include <algorithm>
#include <cmath>

namespace faltung::lv2 {
namespace {

constexpr double kLongestLatency_s = 2;

Index frames_of(double seconds, const Format& format) {
  return static_cast<Index>(std::llround(seconds * format.rate_hz));
}

float within(float value, float low, float high, float otherwise) noexcept {
  return std::isfinite(value) ? std::clamp(value, low, high) : otherwise;
}

// One channel. A weight of 1 alone leaves every bit as it is, and one of 0 is no sound at all.
void blend_channel(const float* dry, float* wet, Index count, Ramp& dry_weight,
                   Ramp& wet_weight) noexcept {
  Index n = 0;
  for (; n < count && !(dry_weight.resting() && wet_weight.resting()); ++n) {
    const auto w = static_cast<float>(wet_weight.value());
    wet[n] = w * wet[n] + static_cast<float>(dry_weight.value()) * dry[n];
    wet_weight.step();
    dry_weight.step();
  }
  const auto w = static_cast<float>(wet_weight.target());
  const auto d = static_cast<float>(dry_weight.target());
  if (d == 0 && w == 1) return;
  if (w == 0 && d == 1) {
    std::copy(dry + n, dry + count, wet + n);
    return;
  }
  for (; n < count; ++n) wet[n] = w * wet[n] + d * dry[n];
}

}  // namespace

Blend::Blend(const Format& format)
    : fade_(std::max<Index>(1, frames_of(kDefaultRampMs / 1000, format))),
      frames_per_ms_(static_cast<float>(format.rate_hz / 1000)),
      dry_delay_(format, frames_of(kLongestLatency_s, format), fade_),
      wet_delay_(format, frames_of(static_cast<double>(kLongestDelayMs) / 1000, format), fade_) {}

void Blend::aim(const Wishes& wishes, Index latency) noexcept {
  wishes_.enabled = wishes.enabled;
  wishes_.gain_db = within(wishes.gain_db, kLeastGainDb, kMostGainDb, wishes_.gain_db);
  wishes_.mix = within(wishes.mix, 0, 1, wishes_.mix);
  wishes_.delay_ms = within(wishes.delay_ms, 0, kLongestDelayMs, wishes_.delay_ms);
  const double mix = static_cast<double>(wishes_.mix);
  const double gain = std::pow(10.0, static_cast<double>(wishes_.gain_db) / 20);
  wet_.aim(wishes_.enabled ? mix * gain : 0, fade_);
  dry_.aim(wishes_.enabled ? 1 - mix : 1, fade_);
  const Index delay = std::lround(wishes_.delay_ms * frames_per_ms_);
  wet_delay_.aim(std::min(delay, wet_delay_.longest()));
  dry_delay_.aim(std::min(latency, dry_delay_.longest()));
  if (!fresh_) return;
  fresh_ = false;
  wet_.jump(wet_.target());
  dry_.jump(dry_.target());
  wet_delay_.reset();
  dry_delay_.reset();
}

void Blend::blend(const Slab& dry, const Slab& wet) noexcept {
  dry_delay_.process(dry);
  wet_delay_.process(wet);
  const Ramp dry_before = dry_, wet_before = wet_;
  for (Index c = 0; c < wet.channels; ++c) {
    dry_ = dry_before;
    wet_ = wet_before;
    blend_channel(dry.as<float>().channel(c), wet.as<float>().channel(c), wet.extent, dry_, wet_);
  }
}

}  // namespace faltung::lv2
