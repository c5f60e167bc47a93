// Numbers in messages: as short as they can be said.
#pragma once

#include <cstdio>
#include <string>

namespace faltung {

inline std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

}  // namespace faltung
