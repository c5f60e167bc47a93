// A matrix over the channels: out[o] = Σ_i matrix[o][i] · in[i].
#pragma once

#include <vector>

#include "engine/stages/stages.h"
#include "engine/stream/stage.h"

namespace faltung {

struct MixOptions {
  std::vector<std::vector<double>> matrix;  // [out][in], rectangular
};

// Errors (prepare): a matrix whose rows are not as long as the signal has channels.
StagePtr make_mix(const MixOptions& options);

// {matrix: [[…], …]}
StagePtr read_mix(const Node& settings, const StageContext& context);

}  // namespace faltung
