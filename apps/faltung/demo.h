// faltung demo: the main job with no arguments: bundled speech in a bundled hall, and the edges of
// a bundled image.
#pragma once

#include <string>

#include "apps/faltung/console.h"

namespace faltung {

struct DemoOptions {
  GeneralOptions general;
  std::string folder = "faltung-demo";  // made where it is missing; its files are replaced
};

int run_demo(const DemoOptions& options);

}  // namespace faltung
