// The settings of convolve, correlate and activation, read from configuration.
#pragma once

#include "engine/stages/convolve.h"
#include "engine/stages/stages.h"

namespace faltung {

// Kernel files are read now, designs' parameters checked now; what needs the signal's rate or
// channels waits for prepare. Errors keep their position in the file.
ConvolveOptions read_convolve(const Node& node, Orientation orientation,
                              const StageContext& context);

// A name, or {name: {slope, low, high}}.
ActivationOptions read_activation(const Node& node, const Located& at);

// `--kernel`: a design's name or a file.
ConvolveOptions convolve_with(const std::string& name_or_file, const KernelReader& read_kernel);

}  // namespace faltung
