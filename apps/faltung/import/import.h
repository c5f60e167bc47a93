// faltung import: a configuration of another convolver -> a pipeline.
#pragma once

#include <string>

#include "apps/faltung/console.h"

namespace faltung {

struct ImportOptions {
  GeneralOptions general;
  std::string input;     // the configuration
  std::string output;    // a pipeline, beside which PIPELINE-files/ gets kernels; or '-'
  std::string from;      // "jconvolver", "camilladsp", "brutefir"; empty: by content
  std::string defaults;  // of BruteFIR; empty: ~/.brutefir_defaults, if there is one
};

// Returns the exit status. Throws Error: nothing is written where anything is wrong.
int run_import(const ImportOptions& options);

}  // namespace faltung
