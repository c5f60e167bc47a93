// faltung design: makes a kernel file, and a picture of its response.
//
// Where no rank is asked for, a sound file gets a kernel of one axis, every other file one of the
// design's own rank.
#pragma once

#include <map>
#include <string>

#include "apps/faltung/console.h"

namespace faltung {

struct DesignOptions {
  GeneralOptions general;
  std::string kind;                               // a name in engine/design/designs.h
  std::map<std::string, std::string> parameters;  // of the design, as text
  double rate_hz = 48000;                         // of the signals that the kernel is for
  int rank = 0;                                   // axes of the kernel; 0: as the output suggests
  std::string output;                             // the kernel's file
  std::string plot;                               // a PNG; empty: none
};

// Returns the exit status. Throws Error: nothing is written where a parameter is wrong.
int run_design(const DesignOptions& options);

}  // namespace faltung
