// faltung explain: what a pipeline is going to do, what it costs by prediction, and what it does
// cost.
#pragma once

#include <string>

#include "apps/faltung/console.h"
#include "engine/io/source.h"

namespace faltung {

struct ExplainOptions {
  GeneralOptions general;
  std::string pipeline;  // a YAML file; or
  std::string kernel;    // a kernel by name or file
  std::string input;     // a file; or
  std::string shape;     // "2x480000": channels and extents; or neither: a usual signal that fits
  SourceOptions source;
  bool json = false;     // the report as JSON instead of text
  Index block = 0;       // > 0: as `live` would run it, in blocks of so many positions
};

int run_explain(const ExplainOptions& options);

}  // namespace faltung
