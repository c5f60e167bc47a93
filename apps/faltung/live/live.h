// faltung live: sound through a pipeline as it happens.
#pragma once

#include <string>

#include "apps/faltung/console.h"
#include "engine/io/source.h"

namespace faltung {

struct LiveOptions {
  GeneralOptions general;
  std::string pipeline;  // one of these two is empty
  std::string kernel;
  std::string input;     // a device, "null", "-" (raw standard input); "" the default device
  std::string output;    // the same; "-" is raw standard output
  std::string play;      // a file in place of an input
  std::string record;    // a file that also gets the output
  std::string control;   // path of the control socket; "" none
  std::string name = "faltung";  // what JACK calls us
  double rate_hz = 0;    // 0: the device's, the file's
  Index block = 0;       // 0: the device's
  Index channels = 0;    // of the input; 0: the file's, else 2 or what the device has
  Encoding::Sample raw = Encoding::Sample::f32;  // on standard input and output
  double seconds = 0;    // 0: until it is stopped, or the file ends
  double fade_ms = 20;   // from one pipeline to the next
  int tail_threads = 0;
  bool watch = true;     // reload what has changed
  bool status_json = false;
};

// Returns the exit status: 0, also after SIGINT and SIGTERM; 75 where a device was lost. Throws
// Error.
int run_live(const LiveOptions& options);

}  // namespace faltung
