// Explanations of stages as a person reads them.
#pragma once

#include <string>

#include "apps/faltung/measurement.h"
#include "engine/stream/stage.h"

namespace faltung {

// Every stage with its formats, latency, receptive field, arithmetic, memory and the planner's
// candidates; the chosen one is marked with '*'.
std::string explanation_text(const Explanation& whole);

// The measured cost beside the predicted one.
std::string measurement_text(const Measurement& measured, const Explanation& whole);

}  // namespace faltung
