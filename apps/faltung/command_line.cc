// The command line: argv -> the options of one verb.
#include "apps/faltung/command_line.h"

#include <algorithm>
#include <iostream>

#include "apps/faltung/examples.h"
#include "apps/faltung/verb.h"
#include "engine/nd/suggestion.h"

namespace faltung {
namespace {

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
    Command command = verb.command();
    if (auto* run = std::get_if<RunOptions>(&command))
      run->submit.words.assign(argv + 1, argv + argc);
    return command;
  }
  std::cerr << root.help();
  refuse("a verb is missing");
}

}  // namespace faltung
