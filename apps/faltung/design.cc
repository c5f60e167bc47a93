// faltung design: makes a kernel file, and a picture of its response.
#include "apps/faltung/design.h"

#include <filesystem>
#include <iostream>
#include <optional>

#include "apps/faltung/picture_file.h"
#include "apps/faltung/plots.h"
#include "engine/design/designs.h"
#include "engine/io/array.h"

namespace faltung {
namespace {

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
  const Kernel kernel = make_design(options.kind, parameters, options.rate_hz, options.rank);
  std::optional<Canvas> plot;
  if (!options.plot.empty()) plot = kernel_plot(kernel);

  write_kernel(options.output, kernel, options.rate_hz);
  if (plot) save_picture(*plot, options.plot);
  if (!options.general.quiet) std::cout << said(options, kernel) << '\n';
  return 0;
}

}  // namespace faltung
