// The command line of `design`, whose parameters depend on the kind.
#include "apps/faltung/verb.h"

#include <algorithm>
#include <map>
#include <memory>

#include "apps/faltung/examples.h"
#include "engine/design/designs.h"

namespace faltung {
namespace {

// "--cutoff-hz 4000" and "--cutoff-hz=4000" are both {"cutoff_hz", "4000"}.
std::map<std::string, std::string> parameters_from(const Words& words) {
  std::map<std::string, std::string> parameters;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].starts_with("--")) refuse("unexpected '" + words[i] + "' for design");
    const std::size_t equals = words[i].find('=');
    const bool apart = equals == std::string::npos;
    if (apart && i + 1 == words.size()) refuse(words[i] + " needs a value");
    std::string name = words[i].substr(2, apart ? equals : equals - 2);
    std::replace(name.begin(), name.end(), '-', '_');
    const std::string value = apart ? words[++i] : words[i].substr(equals + 1);
    if (!parameters.emplace(name, value).second) refuse("'" + name + "' is given twice");
  }
  return parameters;
}

}  // namespace

Verb add_design(CLI::App& root, GeneralOptions& general) {
  CLI::App& app = *root.add_subcommand("design", "Makes a kernel file");
  const auto options = std::make_shared<DesignOptions>();
  app.add_option("KIND", options->kind, "lowpass, gaussian, sobel-x, …")->type_name("");
  app.add_option("-o,--output", options->output, "The kernel's file")->type_name("KERNEL");
  app.add_option("--plot", options->plot, "Also a picture of its response")->type_name("FILE.png");
  app.add_option("--rate", options->rate_hz, "Of the signals it is for, in Hz; 48000 by default")
      ->type_name("HZ")
      ->check(CLI::PositiveNumber);
  app.add_option("--rank", options->rank, "Axes of the kernel, for designs of any rank")
      ->type_name("N")
      ->check(CLI::Range(1, 6).description(""));
  app.allow_extras();
  set_help(app, "Usage: faltung design KIND [--PARAMETER VALUE ...] -o KERNEL [options]",
           design_help() + "\n" + kDesignExamples);
  return {&app, [options, &app, &general]() -> Command {
            options->general = general;
            if (options->kind.empty()) refuse("design needs a kind, as in 'design lowpass'");
            if (options->output.empty()) refuse("design needs an output: -o KERNEL");
            options->parameters = parameters_from(app.remaining());
            return *options;
          }};
}

}  // namespace faltung
