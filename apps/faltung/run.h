// faltung run: files, images, volumes, tables or raw samples through a pipeline.
#pragma once

#include <string>

#include "apps/faltung/batch.h"
#include "apps/faltung/console.h"
#include "apps/faltung/inputs.h"
#include "apps/faltung/storing.h"
#include "apps/faltung/submit/submit.h"
#include "engine/io/source.h"

namespace faltung {

struct RunOptions {
  GeneralOptions general;
  std::string pipeline;  // a YAML file; or
  std::string kernel;    // a kernel by name or file
  InputOptions inputs;
  std::string output;  // a file, a folder, a pattern, or "-": raw samples on standard output
  std::string preview;  // a picture (.png), or a pattern of such; empty: none
  SourceOptions source;
  StoringOptions storing = {};
  Index block = 0;    // > 0: blocks of so many positions, on the live clock
  Index slab = 0;     // > 0: slabs of so many positions, offline
  Index memory = 0;   // most bytes of the process; 0: any
  std::string shard;  // "2/8", "auto"; empty: the whole
  BatchOptions batch;
  SubmitOptions submit = {};
};

// Returns the exit status: 0, or that of the first input that failed in a batch.
// Throws Error where nothing can be done at all.
int run_run(const RunOptions& options);

}  // namespace faltung
