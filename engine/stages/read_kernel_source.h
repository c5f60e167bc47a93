// Where a convolution's kernel comes from: a file, numbers, a design, or a matrix of them.
#pragma once

#include "engine/stages/convolve.h"
#include "engine/stages/stages.h"

namespace faltung {

// From the keys `kernel` (with `channel`) or `matrix` of a stage.
KernelRecipe read_kernel_source(const Node& node, const std::string& owner,
                                const StageContext& context);

// From the keys `kernel` (required) and `channel` alone.
KernelRecipe read_one_kernel(const Node& node, const std::string& owner,
                             const StageContext& context);

// Channel `channel` (from 0) of a response [channel, taps] or [taps].
Kernel one_channel(const Kernel& kernel, Index channel, int spatial_rank);

// A design's name, or else a file to be read now.
KernelRecipe kernel_by_name(const std::string& name, const std::string& path,
                            const KernelReader& read_kernel);

}  // namespace faltung
