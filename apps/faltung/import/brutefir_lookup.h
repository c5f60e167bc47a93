// A BruteFIR configuration and its defaults: where a field is found, and by whom it is read.
#pragma once

#include <string>
#include <vector>

#include "apps/faltung/import/brutefir_values.h"

namespace faltung {

// A field, with the reader that knows its file.
struct BruteFound {
  const BruteField* field = nullptr;
  const BruteReader* reader = nullptr;
  explicit operator bool() const { return field != nullptr; }
};

class BruteLookup {
 public:
  BruteLookup(const BruteFile& configuration, const BruteFile& shared)
      : file(configuration), defaults(shared), main(configuration), fallback(shared) {}

  // Null where neither file has it.
  BruteFound general(const char* name) const;
  BruteFound field_of(const BruteStructure& structure, const char* name) const;
  // Refuses where it is missing.
  BruteFound required(const BruteStructure& structure, const char* name) const;
  Index integer_or(const BruteStructure& structure, const char* name, Index otherwise,
                   Index most) const;
  // 10^(-dB / 20)
  double factor(const BruteFound& found, double attenuation_db) const;
  // A structure's name: a string, or the number it would have anyway.
  std::string name_of(const BruteStructure& structure, const BruteValue& name,
                      std::size_t index) const;

  template <class Use>
  void for_each(const std::string& kind, const Use& use) const {
    for (const BruteStructure& structure : file.structures) {
      if (structure.kind == kind) use(structure);
    }
  }

  const BruteFile& file;
  const BruteFile& defaults;
  const BruteReader main, fallback;  // of the two
};

}  // namespace faltung
