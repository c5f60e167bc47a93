// A verb's part of the command line: its parser, and the options that several verbs have.
//
// The only file that includes CLI11: command_line.cc and the verb_*.cc share it. A new verb is a
// function here and a row in command_line.cc.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "apps/faltung/command_line.h"

namespace faltung {

using Words = std::vector<std::string>;

struct Verb {
  CLI::App* app;
  std::function<Command()> command;  // what the parser has understood; throws Error{configuration}
};

// Each adds its parser to `root`; `general` is read when the command is asked for.
Verb add_run(CLI::App& root, GeneralOptions& general);
Verb add_live(CLI::App& root, GeneralOptions& general);
Verb add_tell(CLI::App& root, GeneralOptions& general);
Verb add_devices(CLI::App& root, GeneralOptions& general);
Verb add_explain(CLI::App& root, GeneralOptions& general);
Verb add_check(CLI::App& root, GeneralOptions& general);
Verb add_design(CLI::App& root, GeneralOptions& general);
Verb add_import(CLI::App& root, GeneralOptions& general);
Verb add_demo(CLI::App& root, GeneralOptions& general);
Verb add_bench(CLI::App& root, GeneralOptions& general);

[[noreturn]] void refuse(const std::string& why);  // Error{configuration}

// Help that opens with `usage` and closes with `examples`.
void set_help(CLI::App& app, const std::string& usage, const std::string& examples);

// Options that every verb has; that inputs have; that raw samples have.
void add_general(CLI::App& app, GeneralOptions& general);
void add_source(CLI::App& app, SourceOptions& source);
void add_raw(CLI::App& app, Encoding::Sample& sample);

}  // namespace faltung
