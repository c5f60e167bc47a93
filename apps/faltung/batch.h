// Many inputs through one pipeline, one after the other.
#pragma once

#include <string>
#include <vector>

#include "apps/faltung/processing.h"

namespace faltung {

enum class OnFailure {
  go_on,  // the others are finished; failures are listed at the end
  stop,   // outputs that are there stay
};

struct BatchOptions {
  OnFailure on_failure = OnFailure::go_on;
  std::string summary;  // a file (summary.h); empty: none
};

// Says what fails; returns the first failure's exit status, or 0. Throws Error where the summary
// cannot be written or is one of the batch's own files.
int run_batch(const std::vector<Job>& jobs, LoadedPipeline& loaded, Machine& machine,
              const ProcessingOptions& processing, const BatchOptions& options);

}  // namespace faltung
