// What leaves a plugin: the processed and the unprocessed signal, weighed and in step.
#pragma once

#include "plugins/lv2/variable_delay.h"

namespace faltung::lv2 {

// A weight that moves to its target in a straight line.
class Weight {
 public:
  void jump(float target) noexcept {
    now_ = target_ = target;
    left_ = 0;
  }
  void aim(float target, Index frames) noexcept {
    if (target == target_) return;
    target_ = target;
    left_ = frames;
  }
  bool rests() const noexcept { return left_ == 0; }
  float target() const noexcept { return target_; }
  float step() noexcept {
    if (left_ == 0) return target_;
    now_ += (target_ - now_) / static_cast<float>(left_);
    if (--left_ == 0) now_ = target_;
    return now_;
  }

 private:
  float now_ = 0, target_ = 0;
  Index left_ = 0;
};

struct Wishes {
  bool enabled = true;  // false: the input alone
  float gain_db = 0;    // of the processed signal
  float mix = 1;        // its share; the rest is the input
  float delay_ms = 0;   // of the processed signal
};

constexpr float kLongestDelayMs = 1000;
constexpr float kLeastGainDb = -60, kMostGainDb = 24;

// Everything but the constructor belongs to the audio thread. Changes take 20 ms.
class Blend {
 public:
  explicit Blend(const Format& format);

  // The input is as late as what is processed: the longest latency that can be had.
  Index longest_latency() const noexcept { return dry_delay_.longest(); }

  // Once a run. Out of range is taken as the nearest that is allowed, as hosts expect; a value that
  // is no number changes nothing.
  void aim(const Wishes& wishes, Index latency) noexcept;
  // Into `wet`; `dry` is spoilt. Both of the format.
  void blend(const Slab& dry, const Slab& wet) noexcept;
  // The next wishes are granted at once.
  void reset() noexcept { fresh_ = true; }

 private:
  Index fade_;
  float frames_per_ms_;
  VariableDelay dry_delay_, wet_delay_;
  Weight dry_, wet_;
  Wishes wishes_;
  bool fresh_ = true;  // since then nothing was asked for
};

}  // namespace faltung::lv2
