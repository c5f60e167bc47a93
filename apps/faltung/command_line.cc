// The command line: argv -> the options of one verb.
#include "apps/faltung/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "apps/faltung/examples.h"
#include "engine/design/designs.h"
#include "engine/nd/suggestion.h"

namespace faltung {
namespace {

using Words = std::vector<std::string>;

[[noreturn]] void refuse(const std::string& why) { throw Error(Code::configuration, why); }

void refuse_both(const std::string& input, const std::string& shape) {
  if (!input.empty() && !shape.empty()) refuse("--input and --shape: only one");
}

// One verb: its parser, and what it has understood.
struct Verb {
  CLI::App* app;
  std::function<Command()> command;
};

// Help that opens with lines of our own (CLI11's cannot say which positional comes when), and
// without the names of validators.
class Help : public CLI::Formatter {
 public:
  explicit Help(std::string usage) : usage_(std::move(usage)) {
    column_width(28);
    label("Positionals", "Arguments");
  }
  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode mode) const override {
    const std::string text = usage_ + "\n" + app->get_description() + "\n" +
                             make_positionals(app) + make_groups(app, mode) +
                             make_subcommands(app, mode) + "\n" + app->get_footer() + "\n";
    return std::regex_replace(text, std::regex("\n\n\n+"), "\n\n");
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_name().empty() ? "" : " " + type_of(*option);
  }

 private:
  // CLI11 appends ":VALIDATOR" to what type_name() was given.
  static std::string type_of(const CLI::Option& option) {
    const std::string name = option.get_type_name();
    return name.substr(0, name.find(':'));
  }
  const std::string usage_;
};

void set_help(CLI::App& app, const std::string& usage, const std::string& examples) {
  app.formatter(std::make_shared<Help>(usage));
  app.footer(examples);
}

void add_general(CLI::App& app, GeneralOptions& general) {
  app.add_flag("-q,--quiet", general.quiet, "Errors only")->group("General");
  app.add_flag("-v,--verbose", general.verbose, "Also say how it was done")->group("General");
  app.add_option("--threads", general.threads, "Threads for computing; all cores by default")
      ->type_name("N")
      ->check(CLI::Range(1, 4096).description(""))
      ->group("General");
}

void add_rate(CLI::App& app, SourceOptions& source) {
  app.add_option("--rate", source.rate_hz, "Rate of inputs that state none, in Hz")
      ->type_name("HZ")
      ->check(CLI::PositiveNumber)
      ->group("Input");
}

void add_raw(CLI::App& app, Encoding::Sample& sample) {
  static const std::map<std::string, Encoding::Sample> kRaw = {
      {"f32", Encoding::Sample::f32}, {"s16", Encoding::Sample::s16}};
  app.add_option("--raw", sample, "Samples on standard input and output: f32 or s16")
      ->type_name("TYPE")
      ->transform(CLI::CheckedTransformer(kRaw).description(""))
      ->group("Input");
}

void add_source(CLI::App& app, SourceOptions& source) {
  add_raw(app, source.raw_sample);
  app.add_option("--channels", source.channels, "Channels of raw samples; 1 by default")
      ->type_name("N")
      ->check(CLI::Range(1, 1 << 16).description(""))
      ->group("Input");
  add_rate(app, source);
  app.add_option("--channel-axis", source.channel_axis,
                 "Which axis of an array holds channels: none (default), first or last")
      ->type_name("AXIS")
      ->check(CLI::IsMember({"none", "first", "last"}).description(""))
      ->group("Input");
  app.add_option("--columns", source.columns, "Columns of a table, by name or number from 1")
      ->type_name("A,B,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group("Input");
}

Verb add_run(CLI::App& root, GeneralOptions& general) {
  CLI::App& app = *root.add_subcommand("run", "Files, images, volumes, tables or raw samples");
  const auto options = std::make_shared<RunOptions>();
  const auto files = std::make_shared<Words>();
  app.add_option("FILES", *files, "PIPELINE.yaml INPUT…; '-' is standard input")->type_name("");
  app.add_option("-k,--kernel", options->kernel, "A kernel's name or file, instead of a pipeline")
      ->type_name("KERNEL");
  app.add_option("-o,--output", options->output, "A file, a folder for many inputs, or '-'")
      ->type_name("OUTPUT");
  app.add_option("--block", options->block, "Cut into blocks of N positions, as live does")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  app.add_option("--slab", options->slab, "Cut into slabs of N positions, offline")
      ->check(CLI::PositiveNumber)
      ->group("");  // hidden: for tests of slab invariance
  add_source(app, options->source);
  set_help(app, "Usage: faltung run PIPELINE.yaml INPUT... -o OUTPUT [options]\n"
            "       faltung run --kernel KERNEL INPUT... -o OUTPUT [options]",
           kRunExamples);
  return {&app, [options, files, &general]() -> Command {
            options->general = general;
            if (options->kernel.empty()) {
              if (files->empty()) refuse("run needs a pipeline (a YAML file) or --kernel");
              options->pipeline = files->front();
              files->erase(files->begin());
            }
            if (files->empty()) refuse("run needs an input: a file, or '-' for standard input");
            if (options->block > 0 && options->slab > 0) refuse("--block and --slab: only one");
            if (options->output.empty()) refuse("run needs an output: -o FILE, -o FOLDER/ or -o -");
            options->inputs = *files;
            return *options;
          }};
}

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
  app.add_option("--turn", options->turn)->group("");  // hidden: the program calls itself
  app.add_flag("--quick", options->quick, "Tiny sizes, one round: shows that it works");
  set_help(app, "Usage: faltung bench [SUITE] [--json FILE] [options]", kBenchExamples);
  return {&app, [options, &general]() -> Command {
            options->general = general;
            return *options;
          }};
}

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

// A row for each verb, in the order of `faltung --help`.
using AddVerb = Verb (*)(CLI::App&, GeneralOptions&);
constexpr AddVerb kVerbs[] = {add_run,   add_live,   add_tell,    add_explain, add_design,
                              add_check, add_import, add_devices, add_demo,    add_bench};

std::string with_suggestion(const std::string& message, const std::string& given,
                            const Words& allowed) {
  const std::string better = suggestion(given, allowed);
  return better.empty() ? message : message + "; did you mean '" + better + "'?";
}

// CLI11 would take a misspelt verb for a stray argument.
void require_verb(int argc, const char* const* argv, const std::vector<Verb>& verbs) {
  Words names;
  for (const Verb& verb : verbs) names.push_back(verb.app->get_name());
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--threads") ++i;
    if (word.starts_with('-')) continue;
    if (std::find(names.begin(), names.end(), word) != names.end()) return;
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
    const std::string better = suggestion(word, names);
    refuse("unknown verb '" + word + "'; " +
           (better.empty() ? "there are " + all : "did you mean '" + better + "'?"));
  }
}

// Options that nobody has taken: the first of them, with the one that may be meant.
void refuse_extras(CLI::App& app) {
  const Words rest = app.remaining();
  if (rest.empty()) return;
  Words names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::string given = rest.front().substr(0, rest.front().find('='));
  refuse(with_suggestion((given.starts_with('-') ? "unknown option '" : "unexpected '") + given +
                             "' for " + app.get_name(),
                         given, names));
}

std::string up_to(const std::string& text, char end) { return text.substr(0, text.find(end)); }

}  // namespace

std::optional<Command> parse_command_line(int argc, const char* const* argv) {
  CLI::App root("Faltung convolves sound, sensor streams, images and volumes.", "faltung");
  GeneralOptions general;
  add_general(root, general);
  root.set_version_flag("--version", "faltung " FALTUNG_VERSION, "The version");
  root.set_help_flag("-h,--help", "This help");
  set_help(root, "Usage: faltung VERB [options]", kExamples);
  root.require_subcommand(0, 1);  // an input may be named as a verb is
  std::vector<Verb> verbs;
  for (const AddVerb add : kVerbs) {
    verbs.push_back(add(root, general));
    add_general(*verbs.back().app, general);
    verbs.back().app->group("Verbs");
    verbs.back().app->set_help_flag("-h,--help", "This help");
    verbs.back().app->allow_extras();
  }
  require_verb(argc, argv, verbs);
  try {
    root.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    root.exit(asked);
    return std::nullopt;
  } catch (const CLI::ArgumentMismatch& error) {
    refuse(up_to(error.what(), ':') + " needs a value");
  } catch (const CLI::ParseError& error) {
    refuse(up_to(error.what(), '\n'));
  }
  for (const Verb& verb : verbs) {
    if (!verb.app->parsed()) continue;
    if (verb.app->get_name() != "design") refuse_extras(*verb.app);
    return verb.command();
  }
  std::cerr << root.help();
  refuse("a verb is missing");
}

}  // namespace faltung
