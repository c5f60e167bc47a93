// The one exception type of the engine, and the exit status each kind leads to.
//
// Errors are thrown only while preparing, opening or closing, never by process() or finish() of a
// stage. A message says what was given and what is allowed; whoever reads configuration puts
// file:line:column in front.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace faltung {

// Values are the program's exit status: a promise to scripts.
enum class Code {
  failure = 1,        // anything else
  configuration = 2,  // wrong use or configuration
  input = 3,          // an input that cannot be read or is corrupt
  output = 4,         // an output that cannot be written
  busy = 5,           // another job has this output
  device_lost = 75,   // a sound device went away
};

class Error : public std::runtime_error {
 public:
  // `needed_bytes`: of memory, where there was not enough for it.
  Error(Code code, const std::string& message, std::int64_t needed_bytes = 0)
      : std::runtime_error(message), code_(code), needed_bytes_(needed_bytes) {}
  Code code() const noexcept { return code_; }
  std::int64_t needed_bytes() const noexcept { return needed_bytes_; }  // 0: it was not that

 private:
  Code code_;
  std::int64_t needed_bytes_;
};

}  // namespace faltung
