// The gain of a look-ahead limiter: never above what any sample needs, and smooth.
//
// Each frame needs a gain of at most ceiling / |x|. Its smallest value over the look-ahead is held
// (sliding minimum: Lemire 2006, "Streaming maximum-minimum filter"), rises again exponentially,
// and is then averaged twice over half the look-ahead: the attack is two parabolas that end exactly
// when the peak comes out. As an average of values none of which is above what the frame needs, the
// gain is not above it either. Gains are whole multiples of 2⁻³⁰, rounded down, so that running
// sums stay exact for ever.
#pragma once

#include <cstdint>

#include "engine/nd/array.h"

namespace faltung {

inline constexpr Index kLongestLookahead = Index{1} << 16;  // frames: the sums stay in 64 bits

class LimiterGain {
 public:
  // `lookahead` frames from 0 to kLongestLookahead; `release` is what is left of a reduction after
  // a frame, 0 to 1.
  LimiterGain(Index lookahead, double release);

  // The gain, at most 1, for the frame `lookahead` before the one that needs at most `needed`.
  double next(double needed) noexcept;
  void reset() noexcept;

  Index bytes() const noexcept;

 private:
  // The sum of the last values, as many as its extent.
  struct RunningSum {
    explicit RunningSum(Index extent) : values(extent) {}
    void fill(std::int64_t value) noexcept;
    std::int64_t next(std::int64_t value) noexcept;
    Buffer<std::int64_t> values;
    std::int64_t sum = 0;
    Index at = 0;
  };

  std::int64_t smallest(std::int64_t needed) noexcept;

  double release_;
  Index window_;                // frames that a need is held: lookahead + 1
  Buffer<std::int64_t> needs_;  // rising values that may become the smallest, in a ring
  Buffer<Index> frames_;        // where they came
  Index first_ = 0, held_ = 0;  // of the ring
  Index frame_ = 0;
  double reached_ = 1;  // after the release
  RunningSum once_, twice_;
};

}  // namespace faltung
