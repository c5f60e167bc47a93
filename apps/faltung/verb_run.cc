// The command line of `run`.
#include <algorithm>
#include <memory>
#include <utility>

#include "apps/faltung/examples.h"
#include "apps/faltung/memory_promise.h"
#include "apps/faltung/verb.h"

namespace faltung {
namespace {

void add_storing(CLI::App& app, StoringOptions& storing) {
  app.add_option_function<std::string>(
         "--type", [&storing](const std::string& text) { storing.type = parse_type(text); },
         "Of the output's numbers: u8, u16, i8, i16, i24, i32, f32 or f64; the input's by default")
      ->type_name("TYPE")
      ->group("Output");
  app.add_option_function<std::string>(
         "--scale", [&storing](const std::string& text) { parse_scale(text, storing); },
         "Values as they are (none), or the input type's range (full) or LO:HI onto the type's")
      ->type_name("SCALE")
      ->group("Output");
  app.add_option_function<std::string>(
         "--chunks-per-file",
         [&storing](const std::string& text) {
           storing.chunks_per_file = parse_chunks_per_file(text);
         },
         "Of a Zarr store, in shards: 8x16 along the last axes; 1: each a file; auto (default)")
      ->type_name("N[xN…]")
      ->group("Output");
}

void add_inputs(CLI::App& app, InputOptions& inputs) {
  app.add_option("--list", inputs.list, "More inputs from a file, one a line; '-': standard input")
      ->type_name("FILE")
      ->group("Batch");
  app.add_flag("--recursive", inputs.recursive, "Folders with the folders in them")
      ->group("Batch");
}

void add_batch(CLI::App& app, BatchOptions& batch) {
  auto* stop = app.add_flag_callback(
      "--fail-fast", [&batch] { batch.on_failure = OnFailure::stop; },
      "Stop at the first input that fails");
  auto* go_on = app.add_flag_callback(
      "--keep-going", [&batch] { batch.on_failure = OnFailure::go_on; },
      "Finish the others, list failures at the end (default)");
  stop->group("Batch");
  go_on->group("Batch")->excludes(stop);
  app.add_option("--summary", batch.summary,
                 "What became of each input: status, time, memory, size, checksum")
      ->type_name("FILE.csv|.json")
      ->group("Batch");
}

void add_submit(CLI::App& app, SubmitOptions& submit) {
  const auto add = [&app](auto&&... what) { return app.add_option(what...)->group("Cluster"); };
  auto* engine =
      add("--submit", submit.engine, "Have it computed by the jobs of a cluster, and follow")
          ->type_name("slurm")
          ->check(CLI::IsMember({"slurm"}).description(""));
  auto* shards = add("--shards", submit.shards, "How many jobs share the output")
                     ->type_name("N")
                     ->check(CLI::Range(1, 1 << 20).description(""))
                     ->needs(engine);
  engine->needs(shards);
  add("--partition", submit.partition, "Of the cluster; its default one by default")->needs(engine);
  add("--time", submit.time, "A job may take: minutes, or as 2:00:00")->needs(engine);
  add("--mem-per-task", submit.memory, "A job may take: 4G")->type_name("SIZE")->needs(engine);
  app.add_flag("--dry-run", submit.dry_run, "Only print the job script")
      ->group("Cluster")
      ->needs(engine);
}

void refuse_with_submit(const RunOptions& options) {
  if (!options.shard.empty()) refuse("--submit and --shard: only one");
  if (options.block > 0) refuse("--submit and --block: only one");
  if (!options.preview.empty()) refuse("--preview shows a whole output: not with --submit");
  if (!options.batch.summary.empty()) refuse("--submit and --summary: only one");
}

// What is left of the names when the pipeline is taken.
void take_names(Words names, RunOptions& options) {
  if (options.kernel.empty()) {
    if (names.empty()) refuse("run needs a pipeline (a YAML file) or --kernel");
    options.pipeline = names.front();
    names.erase(names.begin());
  }
  if (names.empty() && options.inputs.list.empty()) {
    refuse("run needs an input: a file, a folder, --list, or '-' for standard input");
  }
  const bool reads_samples = std::find(names.begin(), names.end(), "-") != names.end();
  if (reads_samples && options.inputs.list == "-") {
    refuse("standard input is either samples or --list");
  }
  options.inputs.names = std::move(names);
}

}  // namespace

Verb add_run(CLI::App& root, GeneralOptions& general) {
  CLI::App& app = *root.add_subcommand("run", "Files, images, volumes, tables or raw samples");
  const auto options = std::make_shared<RunOptions>();
  const auto files = std::make_shared<Words>();
  app.add_option("FILES", *files,
                 "PIPELINE.yaml INPUT…: files, folders, 'patterns*'; '-' is standard input")
      ->type_name("");
  app.add_option("-k,--kernel", options->kernel, "A kernel's name or file, instead of a pipeline")
      ->type_name("KERNEL");
  app.add_option("-o,--output", options->output,
                 "A file, a folder, a pattern as {name}_out{ext}, or '-'")
      ->type_name("OUTPUT");
  app.add_option("--preview", options->preview, "Also a picture of before and after")
      ->type_name("FILE.png");
  app.add_option("--block", options->block, "Cut into blocks of N positions, as live does")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  app.add_option("--slab", options->slab, "Cut into slabs of N positions, offline")
      ->check(CLI::PositiveNumber)
      ->group("");  // hidden: for tests of slab invariance
  app.add_option_function<std::string>(
         "--memory", [options](const std::string& text) { options->memory = parse_memory(text); },
         "Most memory of the process, as 512M; refused before work where it is not enough")
      ->type_name("SIZE");
  app.add_option("--shard", options->shard, "This job's share of an output in chunks: 2/8, or auto")
      ->type_name("I/N")
      ->check(
          [](const std::string& text) { return text.empty() ? "allowed: auto, or as 2/8" : ""; });
  add_inputs(app, options->inputs);
  add_batch(app, options->batch);
  add_submit(app, options->submit);
  add_source(app, options->source);
  add_storing(app, options->storing);
  set_help(app,
           "Usage: faltung run PIPELINE.yaml INPUT... -o OUTPUT [options]\n"
           "       faltung run --kernel KERNEL INPUT... -o OUTPUT [options]",
           kRunExamples);
  return {&app, [options, files, &general]() -> Command {
            options->general = general;
            take_names(*files, *options);
            if (options->block > 0 && options->slab > 0) refuse("--block and --slab: only one");
            if (!options->preview.empty() && !options->shard.empty()) {
              refuse("--preview shows a whole output: not with --shard");
            }
            if (!options->submit.engine.empty()) refuse_with_submit(*options);
            if (options->output.empty()) refuse("run needs an output: -o FILE, -o FOLDER/ or -o -");
            return *options;
          }};
}

}  // namespace faltung
