// The table of stages: from configuration to what processes slabs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/convolve/kernel.h"
#include "engine/stages/settings.h"
#include "engine/stream/stage.h"

namespace faltung {

// Reads a kernel file. Throws Error. Null: there are no files, only numbers and designs.
using KernelReader = std::function<Kernel(const std::string& path)>;

struct StageContext {
  Located located;
  std::string folder;  // where relative paths begin; empty: the current one
  KernelReader read_kernel;
};

struct StageRow {
  const char* name;
  const char* summary;
  StagePtr (*make)(const Node& settings, const StageContext& context);
};

const std::vector<StageRow>& stage_table();

// One stage: a name, or {name: settings}. What its prepare refuses names its place in the file.
StagePtr make_stage(const Node& stage, const StageContext& context);

// A list of stages as one; a single stage is a list of one. Neighbouring convolutions become one
// where that is cheaper (cascade.h).
StagePtr make_stages(const Node& list, const StageContext& context);

}  // namespace faltung
