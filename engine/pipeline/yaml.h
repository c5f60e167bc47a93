// YAML text -> the tree that stages read. The only place that knows YAML.
#pragma once

#include <string>

#include "engine/stages/settings.h"

namespace faltung {

// Throws Error{configuration} with file:line:column: syntax errors, duplicate keys, keys that are
// not plain words, several documents, nothing at all, and trees too deep or too large (aliases can
// make a short text grow without end).
Node parse_yaml(const std::string& text, const std::string& file);

}  // namespace faltung
