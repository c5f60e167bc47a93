// A BruteFIR configuration and its defaults: where a field is found.
#include "apps/faltung/import/brutefir_lookup.h"

#include <cmath>

namespace faltung {
namespace {

constexpr double kMostDb = 200;              // beyond, float32 has nothing left to say
constexpr Index kLeast = -(Index{1} << 30);  // negative numbers mean "all" or "none"

}  // namespace

BruteFound BruteLookup::general(const char* name) const {
  if (const BruteField* field = file.find(name)) return {field, &main};
  return {defaults.find(name), &fallback};
}

BruteFound BruteLookup::field_of(const BruteStructure& structure, const char* name) const {
  if (const BruteField* field = structure.find(name)) return {field, &main};
  const BruteStructure* shared = defaults.first(structure.kind);
  return {shared ? shared->find(name) : nullptr, &fallback};
}

BruteFound BruteLookup::required(const BruteStructure& structure, const char* name) const {
  const BruteFound found = field_of(structure, name);
  if (!found) main.refuse(structure.line, structure.kind + " needs '" + name + "'");
  return found;
}

Index BruteLookup::integer_or(const BruteStructure& structure, const char* name, Index otherwise,
                              Index most) const {
  const BruteFound found = field_of(structure, name);
  return found ? found.reader->integer(*found.field, kLeast, most) : otherwise;
}

double BruteLookup::factor(const BruteFound& found, double attenuation_db) const {
  if (std::abs(attenuation_db) <= kMostDb) return std::pow(10.0, -attenuation_db / 20);
  found.reader->refuse(found.field->line, "attenuation: at most 200 dB up or down");
}

std::string BruteLookup::name_of(const BruteStructure& structure, const BruteValue& name,
                                 std::size_t index) const {
  if (name.kind == BruteValue::Kind::text) return name.text;
  if (name.kind == BruteValue::Kind::number && name.number == static_cast<double>(index)) {
    return std::to_string(index);
  }
  main.refuse(structure.line, "this " + structure.kind + " has the number " +
                                  std::to_string(index) + ", not '" + name.text + "'");
}

}  // namespace faltung
