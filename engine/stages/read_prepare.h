// The key `prepare` of a convolution or of a matrix's entry: what is done to a response before use.
#pragma once

#include "engine/design/prepare_response.h"
#include "engine/stages/convolve.h"
#include "engine/stages/settings.h"

namespace faltung {

ResponsePreparation read_prepare(const Node& node, const Located& at);

// The recipe with the response brought to the signal's rate and prepared, all its channels alike.
// Only for series; errors name the place of `node`.
KernelRecipe prepared(const KernelRecipe& recipe, const Node& node, const Located& at);

}  // namespace faltung
