// The syntax of BruteFIR configurations: fields with values, alone or in structures.
//
//   sampling_rate: 44100;
//   filter "left" { from_inputs: 0/6/-1, 1; coeff: "hall"; };
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/nd/error.h"
#include "engine/nd/shape.h"

namespace faltung {

// A string, a number, true or false.
struct BruteValue {
  enum class Kind { text, number, flag };
  Kind kind = Kind::number;
  std::string text;  // of a string, and as written
  double number = 0;
  bool flag = false;
};

struct BruteField;

// What stands between commas: values between '/', each of which may be missing ("a//-1").
struct BruteItem {
  std::vector<std::optional<BruteValue>> parts;
  std::vector<BruteField> block;  // of "file" { path: "a.raw"; }
};

struct BruteField {
  std::string name;
  int line = 0;
  std::vector<BruteItem> items;
};

// coeff, input, output or filter ('route' is an old word for it).
struct BruteStructure {
  std::string kind;
  int line = 0;
  std::vector<BruteValue> names;  // strings or numbers; none in defaults
  std::vector<BruteField> fields;

  const BruteField* find(const std::string& name) const;
};

struct BruteFile {
  std::string path;  // for messages
  std::vector<BruteField> fields;
  std::vector<BruteStructure> structures;

  const BruteField* find(const std::string& name) const;
  const BruteStructure* first(const std::string& kind) const;
  [[noreturn]] void refuse(int line, const std::string& message) const;  // Error{configuration}
};

// Throws Error{configuration} "path:line: …" for wrong syntax, and fields that are given twice.
BruteFile parse_brutefir(const std::string& text, const std::string& path);

}  // namespace faltung
