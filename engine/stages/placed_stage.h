// A stage that knows where in its pipeline file it was asked for.
//
// Much can only be refused once the signal is known: a kernel's channels, a window that does not
// fit, a cutoff above half the rate. Such errors of prepare get the stage's place in front,
// "hall.yaml:7:5: ", unless something inside has already said a more exact one.
#pragma once

#include <string>

#include "engine/stages/settings.h"
#include "engine/stream/stage.h"

namespace faltung {

// `name` is the stage's in the file and comes before its controls: "gain.db".
StagePtr make_placed(StagePtr stage, const Located& located, const Position& position,
                     const std::string& name);

}  // namespace faltung
