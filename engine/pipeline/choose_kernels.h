// Puts other kernel files in the place of those that a pipeline names.
#pragma once

#include "engine/pipeline/pipeline.h"

namespace faltung {

// Throws Error{configuration}: a stage that there is not, or that has a matrix in place of a kernel.
void choose_kernels(Node& root, const ChosenKernels& chosen, const Located& at);

}  // namespace faltung
