// One input through one pipeline into one output: what `run` does for every file.
#pragma once

#include <string>

#include "apps/faltung/console.h"
#include "apps/faltung/machine.h"
#include "apps/faltung/outputs.h"
#include "apps/faltung/pipeline_file.h"
#include "apps/faltung/progress.h"
#include "apps/faltung/segments.h"
#include "apps/faltung/storing.h"
#include "engine/io/source.h"

namespace faltung {

struct ProcessingOptions {
  GeneralOptions general;
  SourceOptions source = {};
  StoringOptions storing = {};
  Index block = 0;                 // > 0: blocks of so many positions, on the live clock
  Index slab = 0;                  // > 0: slabs of so many positions, offline
  Index memory = 0;                // most bytes of the process; 0: any
  Shard shard = {};                // of an output in chunks
  BatchProgress* batch = nullptr;  // that this is part of, for the progress bar
};

struct Processed {
  Format in;
  Format out;
  Index taken = 0;       // positions read
  Index given = 0;       // positions written
  double seconds = 0;    // all in all
  double compute_s = 0;  // in the stages
};

// The output appears under its name when it is complete, and not at all where this throws.
Processed process(const Job& job, LoadedPipeline& loaded, Machine& machine,
                  const ProcessingOptions& options);

}  // namespace faltung
