// Batch normalisation with known statistics, as a stage or folded into the convolution before it.
#pragma once

#include "engine/layers/batch_norm.h"
#include "engine/stages/convolve.h"

namespace faltung {

// One entry of each list for every channel, or one for all. Errors (prepare): counts that do not
// fit the signal's channels, variance + epsilon not above 0.
StagePtr make_batch_norm(const BatchNorm& norm);

// Whether the convolution's result is linear in its kernel, so that a normalisation folds into it.
bool takes_norm(const ConvolveOptions& options);

// The convolution that gives what `options` gives followed by `norm`: its kernel scaled channel by
// channel, its bias moved. Throws Error{configuration} where the counts of bias and norm do not fit;
// (prepare) where those of norm and kernel do not.
ConvolveOptions with_norm(const ConvolveOptions& options, const BatchNorm& norm);

}  // namespace faltung
