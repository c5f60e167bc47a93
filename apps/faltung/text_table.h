// Columns of text that line up.
#pragma once

#include <string>
#include <vector>

namespace faltung {

class TextTable {
 public:
  enum class Align { left, right };

  // One entry for each column.
  explicit TextTable(std::vector<Align> columns) : columns_(std::move(columns)) {}

  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // Every line begins with `indent`; no line ends in blanks.
  std::string text(const std::string& indent) const;

 private:
  std::vector<Align> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace faltung
