// What becomes of an array's axes in a pipeline: how far apart its outputs lie, and where.
#pragma once

#include <memory>

#include "engine/io/description.h"
#include "engine/stream/stage.h"

namespace faltung {

// The description of a pipeline's output. An output position lies at the centre of what it sees of
// the input (its receptive field); where a stage makes finer, the middles of input and output
// coincide. Null where the input has none or the output has other axes.
std::shared_ptr<const Description> placed(const std::shared_ptr<const Description>& input,
                                          const Explanation& whole);  // of explain_held

}  // namespace faltung
