// Where a live run's sound comes from and goes to, decided from the command line.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "apps/faltung/live/live.h"
#include "engine/io/device.h"
#include "engine/stream/format.h"

namespace faltung {

// A side of the run.
struct LiveEnd {
  enum class Kind { device, null, standard, file };
  Kind kind = Kind::device;
  DeviceInfo device;     // of a device
  std::string path;      // of a file
  std::string text() const;  // "JACK:system", "null", …
};

struct LiveEnds {
  LiveEnd in, out;
  std::unique_ptr<Source> source;  // of a file or standard input
  bool paced = true;               // in real time, where no device is the clock
  double rate_hz = 0;
  double capture_hz = 0;           // of a capture device on another clock; 0: there is none
  Index channels = 0;              // of the input
  Index block = 0;
};

// Opens files and looks at devices, but opens none of these. `pipeline_hz` is what the pipeline file
// says, 0: nothing. Throws Error.
LiveEnds choose_ends(const LiveOptions& options, double pipeline_hz);

}  // namespace faltung
