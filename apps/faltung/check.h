// faltung check: whether a pipeline is right, without running it.
#pragma once

#include <string>

#include "apps/faltung/console.h"
#include "engine/io/source.h"

namespace faltung {

struct CheckOptions {
  GeneralOptions general;
  std::string pipeline;
  std::string input;  // a file whose format it is also prepared for; or
  std::string shape;  // "2x480000": channels and extents; or neither
  SourceOptions source;
};

// Throws Error for whatever is wrong with it.
int run_check(const CheckOptions& options);

}  // namespace faltung
