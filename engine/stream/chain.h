// Stages one after the other: a pipeline is a stage.
#pragma once

#include <vector>

#include "engine/stream/stage.h"

namespace faltung {

// Memory between the stages is allocated in prepare. No stages: the identity.
StagePtr make_chain(std::vector<StagePtr> stages);

}  // namespace faltung
