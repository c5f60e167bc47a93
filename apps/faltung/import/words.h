// The words after a jconvolver command, taken one after the other.
#pragma once

#include <string>

#include "engine/nd/error.h"
#include "engine/nd/shape.h"

namespace faltung {

// All readers throw Error{configuration} that begins with `place` and names `what` is wrong.
class WordReader {
 public:
  WordReader() = default;
  WordReader(std::string line, std::string place);

  double number(const char* what);
  Index integer(const char* what, Index least, Index most);
  // A word, or text in '…' or "…"; '\' makes the next character an ordinary one, except in '…'.
  std::string string(const char* what);
  bool at_end();

 private:
  [[noreturn]] void fail(const std::string& message) const;
  std::string bare_word(const char* what);

  std::string line_, place_;
  std::size_t next_ = 0;
};

}  // namespace faltung
