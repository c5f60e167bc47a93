// What the program says to the person who called it: errors, notes and details, all on stderr.
#pragma once

#include <string>

namespace faltung {

// Options that every verb takes.
struct GeneralOptions {
  bool quiet = false;    // errors only
  bool verbose = false;  // also what was planned and how long it took
  int threads = 0;       // for computing; 0: one for each core
};

class Console {
 public:
  explicit Console(const GeneralOptions& options) : options_(options) {}

  // "faltung: text", unless --quiet: what a user should know.
  void note(const std::string& text) const;
  // The same, only with --verbose.
  void detail(const std::string& text) const;
  // Whether a progress bar may be drawn: stderr is a terminal, and not --quiet.
  bool draws_progress() const;

 private:
  GeneralOptions options_;
};

// "faltung: text", always.
void complain(const std::string& text);

}  // namespace faltung
