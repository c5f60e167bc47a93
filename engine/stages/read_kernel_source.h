// Where a convolution's kernel comes from: a file, numbers, a design, or a matrix of them.
#pragma once

#include <optional>
#include <string>

#include "engine/stages/convolve.h"
#include "engine/stages/stages.h"

namespace faltung {

// A kernel with all its channels, as `kernel` and `prepare` say.
struct KernelSource {
  KernelRecipe recipe;
  std::optional<Shape> extents;  // of a file or of numbers, before any preparation; not of a design
  std::string name;              // for messages
};

// From the keys `kernel` or `matrix` of a stage, with those that belong to them.
KernelRecipe read_kernel_source(const Node& node, const std::string& owner,
                                const StageContext& context);

// From the keys `kernel` (required) and `prepare` alone.
KernelSource read_one_kernel(const Node& node, const std::string& owner,
                             const StageContext& context);

// The key `channel`, from 0; none where it is not given. Refused where it is known already that the
// kernel has fewer.
std::optional<Index> read_channel(const Node& node, const KernelSource& source, const Located& at);

// Channel `channel` (from 0) of a response [channel, taps] or [taps].
Kernel one_channel(const Kernel& kernel, Index channel, int spatial_rank);

// A design's name, or else a file to be read now.
KernelSource kernel_by_name(const std::string& name, const std::string& path,
                            const KernelReader& read_kernel);

}  // namespace faltung
