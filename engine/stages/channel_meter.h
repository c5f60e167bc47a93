// Peak, mean square and true peak of one channel.
#pragma once

#include <string>

#include "engine/stages/short_filter.h"
#include "engine/stream/control.h"

namespace faltung {

// What a reading does between slabs: factors for so many frames.
struct Ballistics {
  double fall;    // of a peak that is not renewed
  double remain;  // of a mean square
};

Ballistics ballistics(Index frames, double rate_hz) noexcept;  // without a rate: 0, 0

// dB of full scale, not below −200.
double level_db(double magnitude) noexcept;

// Largest magnitude and sum of squares; NaN and infinity count as nothing.
struct Levels {
  double peak = 0, squares = 0;
};
Levels levels_of(const Slab& channel) noexcept;

class ChannelMeter {
 public:
  // `number` from 1; both are for the readings' names.
  ChannelMeter(const std::string& prefix, Index number);

  void prepare(const Format& in);
  void measure(const Slab& channel, const Slab& work, const Ballistics& ballistics) noexcept;
  void reset() noexcept;

  const Reading& peak() const noexcept { return peak_reading_; }
  const Reading& rms() const noexcept { return rms_reading_; }
  const Reading& true_peak() const noexcept { return true_peak_reading_; }

 private:
  Reading peak_reading_, rms_reading_, true_peak_reading_;
  std::vector<ShortFilter> between_;  // one, once prepared
  double peak_ = 0, square_ = 0, true_peak_ = 0;
};

}  // namespace faltung
