// The control ports of a hosted plugin as parameters and readings.
//
// A changed parameter is reached by a ramp, a step for every run of the plugin; switches and whole
// numbers step at once. Ports whose range depends on the rate, and the one that tells a plugin that
// it runs offline, are no parameters.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/stages/lv2_copy.h"
#include "engine/stream/control.h"

namespace faltung {

class Lv2Controls {
 public:
  // Where a port is not named, `values` leaves it as the plugin says.
  Lv2Controls(const Lv2Description& description, const std::map<std::string, double>& values);

  std::vector<Control> all();

  // Not on the audio thread: ports get their values at once. A ramp takes ramp_frames, at least 1.
  // Errors: a value out of the range that the rate gives.
  void prepare(const std::vector<std::unique_ptr<Lv2Copy>>& copies, double rate_hz,
               Index ramp_frames);

  // At the beginning of a slab: what was set meanwhile becomes a target.
  void take() noexcept;
  bool moving() const noexcept { return moving_ > 0; }
  // `frames` further on the way; the ports of all copies get the values.
  void advance(Index frames) noexcept;
  void jump() noexcept;  // to the targets
  // The largest of all copies.
  void publish() noexcept;

 private:
  struct Input {
    std::size_t port;
    std::unique_ptr<Parameter> parameter;
    bool ramps;
    double value, target = 0, step = 0;
    Index left = 0;  // frames until the target
  };
  struct Output {
    std::size_t port;
    std::unique_ptr<Reading> reading;
  };
  void set(Input& input, double value) noexcept;

  const Lv2Description& description_;
  std::map<std::string, double> values_;
  std::vector<Input> inputs_;
  std::vector<Output> outputs_;
  std::vector<Lv2Copy*> copies_;
  Index ramp_frames_ = 0;
  int moving_ = 0;
};

}  // namespace faltung
