// Values of BruteFIR's fields, checked.
#include "apps/faltung/import/brutefir_values.h"

#include <cmath>

#include "engine/nd/suggestion.h"

namespace faltung {

void BruteReader::check_fields(const std::vector<BruteField>& fields, const std::string& owner,
                               const std::vector<std::string>& allowed) const {
  for (const BruteField& field : fields) {
    bool known = false;
    for (const std::string& name : allowed) known |= name == field.name;
    if (known) continue;
    const std::string better = suggestion(field.name, allowed);
    refuse(field.line, "unknown field '" + field.name + "' of " + owner +
                           (better.empty() ? "" : "; did you mean '" + better + "'?"));
  }
}

const BruteValue& BruteReader::only(const BruteField& field, BruteValue::Kind kind,
                                    const char* what) const {
  const bool single = field.items.size() == 1 && field.items[0].parts.size() == 1;
  if (!single || field.items[0].parts[0]->kind != kind) {
    refuse(field.line, "'" + field.name + "': expected " + what);
  }
  return *field.items[0].parts[0];
}

double BruteReader::number(const BruteField& field) const {
  return only(field, BruteValue::Kind::number, "a number").number;
}

std::string BruteReader::text(const BruteField& field) const {
  return only(field, BruteValue::Kind::text, "a string").text;
}

bool BruteReader::flag(const BruteField& field) const {
  return only(field, BruteValue::Kind::flag, "true or false").flag;
}

Index BruteReader::whole(const BruteField& field, const BruteValue& value, Index least,
                         Index most) const {
  const double number = value.number;
  if (value.kind == BruteValue::Kind::number && number == std::floor(number) &&
      number >= static_cast<double>(least) && number <= static_cast<double>(most)) {
    return static_cast<Index>(number);
  }
  refuse(field.line, "'" + field.name + "': expected a whole number from " + std::to_string(least) +
                         " to " + std::to_string(most) + ", got '" + value.text + "'");
}

Index BruteReader::integer(const BruteField& field, Index least, Index most) const {
  return whole(field, only(field, BruteValue::Kind::number, "a number"), least, most);
}

std::vector<Index> BruteReader::integers(const BruteField& field, Index least, Index most) const {
  std::vector<Index> result;
  for (const BruteItem& item : field.items) {
    if (item.parts.size() != 1) refuse(field.line, "'" + field.name + "': expected numbers");
    result.push_back(whole(field, *item.parts[0], least, most));
  }
  return result;
}

std::vector<bool> BruteReader::flags(const BruteField& field) const {
  std::vector<bool> result;
  for (const BruteItem& item : field.items) {
    if (item.parts.size() != 1 || item.parts[0]->kind != BruteValue::Kind::flag) {
      refuse(field.line, "'" + field.name + "': expected true or false");
    }
    result.push_back(item.parts[0]->flag);
  }
  return result;
}

}  // namespace faltung
