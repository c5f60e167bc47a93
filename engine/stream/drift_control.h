// Decides how fast captured frames are read, so that two devices on different clocks stay together.
//
//   capture's callbacks ──▶ line ─┐
//                                 ├─▶ delay − target = error ──▶ PI loop ──▶ frames read a frame
//                                 played
//   playback's callbacks ─▶ line ─┘
//
// After Adriaensen, "Controlling adaptive resampling" (LAC 2012): what is compared are the smoothed
// clocks, never the ring's fill level, which jumps by blocks. Frames are captured frames, the delay
// is the way from the frame just captured to the one being read. Numbers only, no samples: ten
// hours take seconds. One thread; no clock of its own: times are any that both callbacks share.
#pragma once

#include "engine/stream/clock_line.h"

namespace faltung {

struct DriftOptions {
  double capture_hz = 48000, playback_hz = 48000;  // nominal
  double target = 1024;                            // delay in captured frames
  double most_error = 960;  // an error beyond is not steered away but jumped over
};

class DriftControl {
 public:
  explicit DriftControl(const DriftOptions& options) noexcept;

  // A block came: so many frames went into the ring since it was made, and so many did not fit.
  void captured(Index put, Index dropped, double time_s) noexcept;

  struct Step {
    bool plays = false;   // false: silence
    bool begins = false;  // the first that plays: the resampler starts with the ring's front …
    Index skip = 0;       // … once so many frames are skipped
    double ratio = 1;     // played frames a captured frame
  };
  // A block of `frames` is wanted, and `taken` frames have left the ring so far.
  Step playing(Index frames, double time_s, Index taken) noexcept;

  // The ring was empty within the block: wait until the delay is there again.
  void ran_dry() noexcept;

  double error() const noexcept { return error_; }  // frames; of the last block that played
  double ratio() const noexcept { return ratio_; }
  bool started() const noexcept { return starts_ > 0; }
  Index restarts() const noexcept { return starts_ > 0 ? starts_ - 1 : 0; }
  double position() const noexcept { return position_; }  // captured frames read so far

 private:
  Step wait(Index taken) noexcept;
  double delay() const noexcept;
  void steer(double seconds) noexcept;

  DriftOptions options_;
  ClockLine capture_, playback_;
  Index put_ = 0, dropped_ = 0, played_ = 0;
  double position_ = 0;
  double error_ = 0, smooth_ = 0, smoother_ = 0;
  double ratio_;
  double drift_ = 0;  // the loop's integral: how much faster the capture runs than stated
  double age_s_ = 0;  // of this start
  bool plays_ = false;
  Index starts_ = 0;
};

}  // namespace faltung
