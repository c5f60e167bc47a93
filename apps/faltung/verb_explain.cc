// The command lines of `explain` and `check`, which run nothing.
#include "apps/faltung/verb.h"

#include <memory>

#include "apps/faltung/examples.h"

namespace faltung {
namespace {

void refuse_both(const std::string& input, const std::string& shape) {
  if (!input.empty() && !shape.empty()) refuse("--input and --shape: only one");
}

}  // namespace

Verb add_explain(CLI::App& root, GeneralOptions& general) {
  CLI::App& app = *root.add_subcommand("explain", "Plan, candidates, predicted and measured cost");
  const auto options = std::make_shared<ExplainOptions>();
  app.add_option("PIPELINE", options->pipeline, "The pipeline (YAML)")->type_name("");
  app.add_option("-k,--kernel", options->kernel, "A kernel's name or file, instead of a pipeline")
      ->type_name("KERNEL");
  app.add_option("-i,--input", options->input, "For this file")->type_name("FILE");
  app.add_option("--shape", options->shape, "For a signal of this shape, as in 2x480000")
      ->type_name("SHAPE");
  app.add_option("--block", options->block, "As live would run it, in blocks of N positions")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  app.add_flag("--json", options->json, "As one JSON object, for programs");
  add_source(app, options->source);
  set_help(app, "Usage: faltung explain PIPELINE.yaml [--input FILE | --shape SHAPE] [options]",
           kExplainExamples);
  return {&app, [options, &general]() -> Command {
            options->general = general;
            refuse_both(options->input, options->shape);
            if (options->pipeline.empty() == options->kernel.empty()) {
              refuse("explain needs either a pipeline (a YAML file) or --kernel");
            }
            return *options;
          }};
}

Verb add_check(CLI::App& root, GeneralOptions& general) {
  CLI::App& app = *root.add_subcommand("check", "Validates a pipeline, runs nothing");
  const auto options = std::make_shared<CheckOptions>();
  app.add_option("PIPELINE", options->pipeline, "The pipeline (YAML)")->type_name("");
  app.add_option("-i,--input", options->input, "Also whether it fits this file")
      ->type_name("FILE");
  app.add_option("--shape", options->shape, "Also whether it fits this shape, as in 2x480000")
      ->type_name("SHAPE");
  add_source(app, options->source);
  set_help(app, "Usage: faltung check PIPELINE.yaml [--input FILE | --shape SHAPE] [options]",
           kCheckExamples);
  return {&app, [options, &general]() -> Command {
            options->general = general;
            refuse_both(options->input, options->shape);
            if (options->pipeline.empty()) refuse("check needs a pipeline (a YAML file)");
            return *options;
          }};
}

}  // namespace faltung
