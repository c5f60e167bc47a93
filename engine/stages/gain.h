// Multiplies by a constant: one for all channels or one for each.
#pragma once

#include <vector>

#include "engine/stream/stage.h"

namespace faltung {

struct GainOptions {
  std::vector<double> factors = {1.0};  // linear
};

// Errors (prepare): neither one factor nor one for each channel.
StagePtr make_gain(const GainOptions& options);

}  // namespace faltung
