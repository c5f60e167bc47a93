// What leaves a plugin: the processed and the unprocessed signal, weighed and in step.
#pragma once

#include "engine/stages/ramp.h"
#include "plugins/lv2/variable_delay.h"

namespace faltung::lv2 {

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
  Ramp dry_, wet_;  // weights
  Wishes wishes_;
  bool fresh_ = true;  // since then nothing was asked for
};

}  // namespace faltung::lv2
