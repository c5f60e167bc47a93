// A stage that knows where in its pipeline file it was asked for.
//
// Much can only be refused once the signal is known: a kernel's channels, a window that does not
// fit, a cutoff above half the rate. Such errors of prepare get the stage's place in front,
// "hall.yaml:7:5: ", unless something inside has already said a more exact one.
#pragma once

#include "engine/stages/settings.h"
#include "engine/stream/stage.h"

namespace faltung {

StagePtr make_placed(StagePtr stage, const Located& located, const Position& position);

}  // namespace faltung
