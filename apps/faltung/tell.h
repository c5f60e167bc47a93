// faltung tell: a command to a live run.
#pragma once

#include <string>
#include <vector>

#include "apps/faltung/console.h"

namespace faltung {

struct TellOptions {
  GeneralOptions general;
  std::string socket;
  std::vector<std::string> command;  // empty: one a line from standard input
};

// Answers go to standard output. Returns 2 where the run refused a command. Throws
// Error{configuration} where nobody listens.
int run_tell(const TellOptions& options);

}  // namespace faltung
