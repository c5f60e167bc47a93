// Readers of the layers beside convolution: pooling, transposed convolution, upsampling, norms.
#pragma once

#include "engine/layers/batch_norm.h"
#include "engine/stages/stages.h"

namespace faltung {

StagePtr read_pool(const Node& settings, const StageContext& context);
StagePtr read_transposed_convolve(const Node& settings, const StageContext& context);
StagePtr read_upsample(const Node& settings, const StageContext& context);
StagePtr read_batch_norm(const Node& settings, const StageContext& context);

// {mean, variance, gain, shift, epsilon}: lists of one length, or one number for all channels.
BatchNorm read_norm(const Node& settings, const Located& at);

}  // namespace faltung
