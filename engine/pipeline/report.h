// What a prepared pipeline does and costs, stage by stage: one list from a tree of explanations.
#pragma once

#include <string>
#include <vector>

#include "engine/stream/stage.h"

namespace faltung {

// A stage, or a combinator before its parts. Fields have one entry for each axis, the stream axis
// first: `own` counts the stage's input positions, `whole` those of the pipeline's input.
struct StageReport {
  std::string number;  // "2.1": the first part of the second stage
  int depth = 0;
  const Explanation* stage = nullptr;  // a part of what report_of was given, which must live on
  std::vector<ReceptiveField> own, whole;
  double flops = 0;        // of the definition, for the whole signal; 0: none, or no end in sight
  double bytes_moved = 0;  // the same: every sample read once and written once
  std::string algorithm;   // the planner's choice; "": there was nothing to choose
};

struct PipelineReport {
  std::vector<StageReport> stages;  // in the order of the text
  StageReport whole;                // number "": sums, and fields from end to end
  Index memory_bytes = 0;           // held by all stages
};

// `whole` is explain_held of the pipeline's stage. Chains of one are left out: they say nothing.
PipelineReport report_of(const Explanation& whole);

}  // namespace faltung
