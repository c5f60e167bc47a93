// The command lines of sound as it happens: `live`, `tell`, `devices`.
#include "apps/faltung/verb.h"

#include <memory>

#include "apps/faltung/examples.h"

namespace faltung {
namespace {

void add_live_ends(CLI::App& app, LiveOptions& options) {
  app.add_option("--in", options.input, "Where from: a device by name or number, null, or '-'")
      ->type_name("DEV");
  app.add_option("--out", options.output, "Where to: the same")->type_name("DEV");
  app.add_option("--play", options.play, "A file, in place of an input")->type_name("FILE");
  app.add_option("--record", options.record, "Also into this file")->type_name("FILE");
  app.add_option("--rate", options.rate_hz, "In Hz; the device's, the file's by default")
      ->type_name("HZ")
      ->check(CLI::PositiveNumber);
  app.add_option("--block", options.block, "Frames; the device's by default")
      ->type_name("FRAMES")
      ->check(CLI::Range(1, 1 << 20).description(""));
  app.add_option("--channels", options.channels, "Of the input; 2 by default")
      ->type_name("N")
      ->check(CLI::Range(1, 4096).description(""));
  add_raw(app, options.raw);
  app.add_option("--name", options.name, "What JACK calls this program")->type_name("NAME");
}

void add_live_ways(CLI::App& app, LiveOptions& options) {
  app.add_option("--seconds", options.seconds, "Ends after so long")
      ->type_name("S")
      ->check(CLI::PositiveNumber);
  app.add_option("--control", options.control, "A socket for commands, its owner's alone")
      ->type_name("PATH");
  app.add_option("--fade-ms", options.fade_ms, "From one pipeline to the next; 20 by default")
      ->type_name("MS")
      ->check(CLI::Range(0.0, 60000.0).description(""));
  app.add_option("--tail-threads", options.tail_threads, "For work with long deadlines")
      ->type_name("N")
      ->check(CLI::Range(0, 64).description(""));
  app.add_flag("--status-json", options.status_json, "One JSON object a second");
  app.add_flag_callback("--no-watch", [&options] { options.watch = false; },
                        "Do not reload files that change");
}

}  // namespace

Verb add_live(CLI::App& root, GeneralOptions& general) {
  CLI::App& app = *root.add_subcommand("live", "Sound as it happens");
  const auto options = std::make_shared<LiveOptions>();
  app.add_option("PIPELINE", options->pipeline, "The pipeline (YAML)")->type_name("");
  app.add_option("-k,--kernel", options->kernel, "A kernel's name or file, instead of a pipeline")
      ->type_name("KERNEL");
  add_live_ends(app, *options);
  add_live_ways(app, *options);
  set_help(app, "Usage: faltung live PIPELINE.yaml [--in DEV] [--out DEV] [options]",
           kLiveExamples);
  return {&app, [options, &general]() -> Command {
            options->general = general;
            if (options->pipeline.empty() == options->kernel.empty()) {
              refuse("live needs either a pipeline (a YAML file) or --kernel");
            }
            return *options;
          }};
}

Verb add_tell(CLI::App& root, GeneralOptions& general) {
  CLI::App& app = *root.add_subcommand("tell", "A command to a live run: set, swap, mute, status");
  const auto options = std::make_shared<TellOptions>();
  app.add_option("SOCKET", options->socket, "What its --control says")->type_name("");
  app.add_option("COMMAND", options->command, "One; else one a line from standard input")
      ->type_name("");
  set_help(app, "Usage: faltung tell SOCKET [COMMAND ...]", kTellExamples);
  return {&app, [options, &general]() -> Command {
            options->general = general;
            if (options->socket.empty()) refuse("tell needs a socket, as in 'tell hall.sock status'");
            return *options;
          }};
}

Verb add_devices(CLI::App& root, GeneralOptions& general) {
  CLI::App& app = *root.add_subcommand("devices", "Sound devices that live can use");
  set_help(app, "Usage: faltung devices", kDevicesExamples);
  return {&app, [&general]() -> Command { return DevicesOptions{general}; }};
}

}  // namespace faltung
