// Lines of a text file, their fields, and numbers in them; errors carry file:line:column.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/io/file.h"

namespace faltung {

enum class Separator : char { comma = ',', semicolon = ';', tab = '\t', spaces = ' ' };

Separator separator_of(std::string_view line);  // the first of tab, comma, semicolon; else spaces

struct Field {
  std::string_view text;  // trimmed, without quotes
  Index column = 1;       // of its first character in the line
};

// Fields of one line; `fields` is reused. A run of spaces is one separator. Quotes protect
// separators; a doubled quote inside them is not understood.
void split(std::string_view line, Separator separator, std::vector<Field>& fields);

// False where the text is no number. "nan" and "inf" are numbers.
bool parse_number(std::string_view text, double& number) noexcept;

// Reads a file's lines that are neither blank nor comments (#); holds one buffer.
class LineReader {
 public:
  explicit LineReader(InputFile file) : file_(std::move(file)) {}

  bool next(std::string_view& line);                 // valid until the next call
  Index number() const noexcept { return number_; }  // of the line given last, from 1
  const InputFile& file() const noexcept { return file_; }
  [[noreturn]] void fail(Index column, const std::string& reason) const {
    fail_at(number_, column, reason);
  }
  [[noreturn]] void fail_at(Index line, Index column, const std::string& reason) const;

 private:
  bool next_any(std::string_view& line);

  InputFile file_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what is not given yet
  Index offset_ = 0;       // of the buffer's end in the file
  Index number_ = 0;
};

}  // namespace faltung
