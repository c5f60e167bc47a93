// Values of BruteFIR's fields, checked: each reader refuses what does not fit, with its line.
#pragma once

#include <string>
#include <vector>

#include "apps/faltung/import/brutefir_syntax.h"

namespace faltung {

class BruteReader {
 public:
  explicit BruteReader(const BruteFile& file) : file_(file) {}

  [[noreturn]] void refuse(int line, const std::string& message) const {
    file_.refuse(line, message);
  }
  // Unknown fields are refused, with the one that is probably meant.
  void check_fields(const std::vector<BruteField>& fields, const std::string& owner,
                    const std::vector<std::string>& allowed) const;

  double number(const BruteField& field) const;
  Index integer(const BruteField& field, Index least, Index most) const;
  std::string text(const BruteField& field) const;
  bool flag(const BruteField& field) const;
  std::vector<Index> integers(const BruteField& field, Index least, Index most) const;
  std::vector<bool> flags(const BruteField& field) const;
  Index whole(const BruteField& field, const BruteValue& value, Index least, Index most) const;

 private:
  const BruteValue& only(const BruteField& field, BruteValue::Kind kind, const char* what) const;
  const BruteFile& file_;
};

}  // namespace faltung
