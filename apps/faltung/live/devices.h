// faltung devices: what PortAudio sees.
#pragma once

#include "apps/faltung/console.h"

namespace faltung {

struct DevicesOptions {
  GeneralOptions general;
};

// The table goes to standard output. Returns the exit status.
int run_devices(const DevicesOptions& options);

}  // namespace faltung
