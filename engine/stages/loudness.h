// Momentary loudness: the power of K-weighted channels over the last 400 ms, in parts of
// 10 ms: the oldest part goes when the newest begins.
//
// Source: ITU-R BS.1770-4, Annex 1; at rates other than 48 kHz its two filters are made anew from
// the analogue ones they stand for. All channels count alike: a layout with surround channels,
// which would count 1.5 dB more, is not known here.
#pragma once

#include <array>
#include <vector>

#include "engine/nd/array.h"
#include "engine/stages/section_filter.h"

namespace faltung {

inline constexpr double kSilenceLufs = -200;
inline constexpr double kLowestLoudnessHz = 8000;  // rate: the shelf lies at 1.7 kHz

class Loudness {
 public:
  Loudness(Index channels, double rate_hz);

  // A slab's channels one after the other, from 0, then `advance` by its frames.
  template <class T>
  void add(Index channel, const T* samples, Index count) noexcept;
  void advance(Index count) noexcept;

  double momentary_lufs() const noexcept;  // kSilenceLufs: none
  void reset() noexcept;

 private:
  static constexpr Index kParts = 40;  // of 10 ms

  struct Channel {
    SectionState shelf, highpass;
  };

  std::array<SectionStep, 2> steps_;
  std::vector<Channel> channels_;
  Index part_frames_;
  Index frame_ = 0;  // of the part under way
  Index part_ = 0;
  std::array<double, kParts> power_{};  // sums of squares
};

}  // namespace faltung
