// Headers made of lines: what NRRD and MetaImage have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/io/file.h"

namespace faltung {

// The lines at a file's start, one by one; a header beyond 1 MiB is refused.
class HeaderLines {
 public:
  explicit HeaderLines(const InputFile& file);  // which must outlive it

  std::optional<std::string> next();  // without its end; none at the end of the file
  Index offset() const noexcept { return static_cast<Index>(at_); }  // behind the last line

 private:
  const InputFile& file_;
  std::string text_;
  std::size_t at_ = 0;
};

std::string trimmed(std::string_view text);
std::string small_letters(std::string_view text);
std::vector<std::string> words_of(std::string_view text);

// Throw Error{input} "path: field: 'text' is no number".
double number_of(const std::string& path, const std::string& field, std::string_view text);
Index integer_of(const std::string& path, const std::string& field, std::string_view text);

std::string text_of(double number);  // the shortest that reads back the same

// The path of a file that a header names. Throws Error{input} where it lies elsewhere than beside
// or below the header, also by a link.
std::string beside(const InputFile& header, const std::string& name);

}  // namespace faltung
