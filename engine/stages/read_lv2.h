// The settings of the stage `lv2`.
#pragma once

#include "engine/stages/stages.h"

namespace faltung {

// Looks the plugin up: what is not installed or not there is refused at its place in the file.
StagePtr read_lv2(const Node& node, const StageContext& context);

}  // namespace faltung
