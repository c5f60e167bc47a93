// faltung design: makes a kernel file, and a picture of its response.
#include "apps/faltung/design.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>

#include "apps/faltung/plots/picture_file.h"
#include "apps/faltung/plots/plots.h"
#include "engine/design/designs.h"
#include "engine/io/array.h"
#include "engine/io/formats.h"

namespace faltung {
namespace {

constexpr std::string_view kSounds[] = {"wav", "rf64", "w64", "flac", "aiff", "ogg", "opus"};

bool is_sound(const std::string& path) {
  const Container* container = container_for_path(path);
  return container && std::find(std::begin(kSounds), std::end(kSounds), container->name) !=
                          std::end(kSounds);
}

// Axes of the kernel. The rows of an image kernel are no channels.
int rank_for(const DesignOptions& options) {
  const Design* design = find_design(options.kind);
  if (!is_sound(options.output) || !design) return options.rank;
  const int rank = options.rank == 0 ? design->min_rank : options.rank;
  if (rank == 1) return rank;
  throw Error(Code::configuration, options.output + ": a sound holds kernels of one axis; this " +
                                       options.kind + " has " + std::to_string(rank) +
                                       ": take .npy, .txt or .tif");
}

void check_paths(const DesignOptions& options) {
  if (options.plot.empty()) return;
  check_picture_path(options.plot);
  const auto normal = [](const std::string& path) {
    return std::filesystem::absolute(path).lexically_normal();
  };
  if (normal(options.plot) == normal(options.output)) {
    throw Error(Code::configuration,
                options.plot + ": the kernel and its picture need different files");
  }
}

std::string said(const DesignOptions& options, const Kernel& kernel) {
  return options.output + ": " + kernel_text(kernel) +
         (options.plot.empty() ? "" : "; its response: " + options.plot);
}

}  // namespace

int run_design(const DesignOptions& options) {
  check_paths(options);
  const DesignParameters parameters(options.parameters.begin(), options.parameters.end());
  const Kernel kernel = make_design(options.kind, parameters, options.rate_hz, rank_for(options));
  std::unique_ptr<Sink> plot;
  if (!options.plot.empty()) plot = stage_picture(kernel_plot(kernel), options.plot);
  write_kernel(options.output, kernel, options.rate_hz);
  if (plot) plot->commit();
  if (!options.general.quiet) std::cout << said(options, kernel) << '\n';
  return 0;
}

}  // namespace faltung
