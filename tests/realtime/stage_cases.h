// The stages that must be real-time safe, as pipelines: every row of the stage table, every solver.
#pragma once

#include <string>
#include <vector>

#include "engine/nd/shape.h"

namespace faltung::realtime {

struct StageCase {
  std::string stage;     // a row of the stage table, or "chain"
  std::string pipeline;  // YAML
  Index channels = 2;
  Shape inner = {};         // {}: audio; {cols}: image; {rows, cols}: volume
  std::string solver = {};  // that must have been chosen; "": whichever
};

const std::vector<StageCase>& stage_cases();

}  // namespace faltung::realtime
