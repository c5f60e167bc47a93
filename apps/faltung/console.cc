// What the program says to the person who called it.
#include "apps/faltung/console.h"

#include <unistd.h>

#include <iostream>

namespace faltung {

void Console::note(const std::string& text) const {
  if (!options_.quiet) complain(text);
}

void Console::detail(const std::string& text) const {
  if (options_.verbose) complain(text);
}

bool Console::draws_progress() const { return !options_.quiet && isatty(STDERR_FILENO) == 1; }

// One write for one line, so that lines of several processes do not mix.
void complain(const std::string& text) { std::cerr << "faltung: " + text + "\n" << std::flush; }

}  // namespace faltung
