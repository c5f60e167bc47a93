// YAML text -> stages. Every error carries file:line:column, and a suggestion for misspelt names.
//
// The grammar is in docs/pipelines.md. Kernel files are read through a function that the program
// passes in: this room never opens a file.
#pragma once

#include <map>
#include <string>

#include "engine/stages/stages.h"

namespace faltung {

struct Pipeline {
  StagePtr stage;      // the whole chain
  double rate_hz = 0;  // `rate:` at the top level, for inputs that state none; 0: not given
  Index stages = 0;    // how many the chain has
};

// Kernel files that take the place of what the text says, by stage: "convolve", the second one is
// "convolve#2", in the order of the text; "" is the only one.
using ChosenKernels = std::map<std::string, std::string>;

// `file` is named in errors and its folder is where relative paths begin. A kernel file is read once,
// however often it is named.
// Throws Error{configuration}, also for a chosen kernel whose stage there is not.
Pipeline parse_pipeline(const std::string& text, const std::string& file,
                        const KernelReader& read_kernel, const ChosenKernels& chosen = {});

// The short form `--kernel NAME_OR_FILE`: one convolve stage.
Pipeline kernel_pipeline(const std::string& name_or_file, const KernelReader& read_kernel);

}  // namespace faltung
