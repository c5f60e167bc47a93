// A device's clock as a straight line: at which time which frame, from callbacks that come early
// and late.
//
// A delay-locked loop of second order (Adriaensen, "Using a DLL to filter time", LAC 2005): offset
// and slope follow the measured times. Its memory grows like a least-squares line's at first and
// then fades (Morrison, "Introduction to Sequential Smoothing and Prediction", 1969), so that it is
// as good after a second as a second allows. One thread; no clock of its own.
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

class ClockLine {
 public:
  // `rate_hz` is the nominal rate; the true one is believed to lie within some hundred ppm.
  explicit ClockLine(double rate_hz) noexcept : nominal_s_(1 / rate_hz), period_s_(1 / rate_hz) {}

  // At `time_s` the device's count was `frames`, which never falls. A time that is far off the
  // line is not believed, unless the next ones are so as well: then the line moves there.
  void observe(Index frames, double time_s) noexcept;

  // Something was lost without a word: the slope holds, but where the line lies is learnt anew.
  void doubt() noexcept;

  double time_of(double frames) const noexcept;
  double frames_at(double time_s) const noexcept;
  double period_s() const noexcept { return period_s_; }
  double observed_s() const noexcept {
    return observed_s_;
  }  // since it began, moved or was doubted

 private:
  void move_to(Index frames, double time_s) noexcept;

  double nominal_s_;
  double period_s_;            // the slope
  Index frames_ = 0;           // the line goes through here …
  double time_s_ = 0;          // … at this time
  double offset_memory_ = 0;   // observations that decide the offset
  double slope_memory_s_ = 0;  // time that decides the slope
  double observed_s_ = 0;
  double disbelieved_s_ = 0;
  bool begun_ = false;
};

}  // namespace faltung
