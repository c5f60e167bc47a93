// The command lines of `demo` and `bench`.
#include "apps/faltung/verb.h"

#include <memory>

#include "apps/faltung/examples.h"

namespace faltung {

Verb add_demo(CLI::App& root, GeneralOptions& general) {
  CLI::App& app = *root.add_subcommand("demo", "Speech in a hall, and the edges of an image");
  const auto options = std::make_shared<DemoOptions>();
  app.add_option("FOLDER", options->folder, "Where to; ./faltung-demo by default")->type_name("");
  set_help(app, "Usage: faltung demo [FOLDER]",
           kDemoExamples);
  return {&app, [options, &general]() -> Command {
            options->general = general;
            return *options;
          }};
}

Verb add_bench(CLI::App& root, GeneralOptions& general) {
  CLI::App& app = *root.add_subcommand("bench", "How fast it is, beside others on the same work");
  const auto options = std::make_shared<BenchOptions>();
  app.add_option("SUITE", options->suite,
                 "loops, live, offline, image, volume, series, layers or growth; by default all")
      ->type_name("");
  app.add_option("--json", options->json, "Also one JSON object a line into this file")
      ->type_name("FILE");
  app.add_option("--markdown", options->markdown, "Also into the places of this page")
      ->type_name("FILE.md");
  app.add_flag("--large", options->large, "Of volume: up to 16 GiB, on disk; 20 minutes");
  app.add_option("--turn", options->turn)->group("");  // hidden: the program calls itself
  app.add_flag("--quick", options->quick, "Tiny sizes, one round: shows that it works");
  set_help(app, "Usage: faltung bench [SUITE] [--json FILE] [options]", kBenchExamples);
  return {&app, [options, &general]() -> Command {
            options->general = general;
            return *options;
          }};
}

}  // namespace faltung
