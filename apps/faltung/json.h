// Texts and numbers as JSON has them.
#pragma once

#include <string>

namespace faltung {

std::string json_text(const std::string& text);  // in quotes, escaped
std::string json_number(double value);           // nine digits; null where it is not finite

}  // namespace faltung
