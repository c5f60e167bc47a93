// The command line of `import`.
#include "apps/faltung/verb.h"

#include <memory>

#include "apps/faltung/examples.h"

namespace faltung {

Verb add_import(CLI::App& root, GeneralOptions& general) {
  CLI::App& app = *root.add_subcommand("import", "Another convolver's configuration, as a pipeline");
  const auto options = std::make_shared<ImportOptions>();
  app.add_option("FILE", options->input, "The configuration")->type_name("");
  app.add_option("-o,--output", options->output, "The pipeline (YAML), or '-'")
      ->type_name("PIPELINE.yaml");
  app.add_option("--from", options->from, "jconvolver, camilladsp or brutefir; else by content")
      ->type_name("PROGRAM")
      ->check(CLI::IsMember({"jconvolver", "camilladsp", "brutefir"}).description(""));
  app.add_option("--defaults", options->defaults, "Of BruteFIR, instead of ~/.brutefir_defaults")
      ->type_name("FILE");
  set_help(app, "Usage: faltung import FILE -o PIPELINE.yaml [options]", kImportExamples);
  return {&app, [options, &general]() -> Command {
            options->general = general;
            if (options->input.empty()) refuse("import needs a configuration");
            if (options->output.empty()) refuse("import needs an output: -o PIPELINE.yaml or -o -");
            return *options;
          }};
}

}  // namespace faltung
