// A pipeline's report as JSON: for `faltung explain --json` and for Python.
#pragma once

#include <string>

#include "engine/pipeline/report.h"

namespace faltung {

// {"stages": [{"number", "depth", "stage", "input", "output", "latency", "tail", "receptive_field",
// "stride", "receptive_field_of_input", "effective_stride", "flops", "bytes_moved", "memory_bytes",
// "algorithm", "candidates"}, …], "whole": {the same without number, stage, candidates}}. Formats
// are {"channels", "shape", "rate_hz", "dtype"}, shape [channel, axis…] with null for an endless
// axis; fields have one number for each axis; a candidate is {"solver", "detail",
// "seconds_per_position" (null: cannot be), "error", "chosen"}.
std::string report_json(const PipelineReport& report);

}  // namespace faltung
