// Units of length and time by the names that files use.
#pragma once

#include <string>

namespace faltung {

double metres_of(const std::string& unit) noexcept;      // 0: no length
const char* ome_unit(const std::string& unit) noexcept;  // OME's, ASCII for XML; null: unknown
std::string whole_unit(const std::string& unit);         // "millimeter"; others as they are
std::string unit_named(const std::string& name);         // as Description has it

}  // namespace faltung
