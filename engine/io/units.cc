// Units of length and time by the names that files use.
#include "engine/io/units.h"

#include <string_view>

namespace faltung {
namespace {

struct Unit {
  const char* names;  // between spaces; the first is Description's
  const char* whole;  // UDUNITS' name, as OME-Zarr has it
  const char* ome;    // ASCII
  double metres;      // 0: a time
};

constexpr Unit kUnits[] = {
    {" micrometer micron microns um \u00b5m \u03bcm \\u00B5m ", "micrometer", "&#181;m", 1e-6},
    {" nm nanometer ", "nanometer", "nm", 1e-9},
    {" mm millimeter ", "millimeter", "mm", 1e-3},
    {" cm centimeter ", "centimeter", "cm", 1e-2},
    {" m meter ", "meter", "m", 1},
    {" inch in ", "inch", "in", 0.0254},
    {" s sec second seconds ", "second", "s", 0},
    {" ms msec millisecond ", "millisecond", "ms", 0},
    {" microsecond us \u00b5s \u03bcs ", "microsecond", "&#181;s", 0},
    {" min minute ", "minute", "min", 0},
};

const Unit* unit_row(const std::string& name) noexcept {
  if (name.empty() || name.find(' ') != name.npos) return nullptr;
  for (const Unit& unit : kUnits) {
    if (std::string_view(unit.names).find(" " + name + " ") != std::string_view::npos) return &unit;
  }
  return nullptr;
}

}  // namespace

double metres_of(const std::string& unit) noexcept {
  const Unit* found = unit_row(unit);
  return found ? found->metres : 0;
}

const char* ome_unit(const std::string& unit) noexcept {
  const Unit* found = unit_row(unit);
  return found ? found->ome : nullptr;
}

std::string whole_unit(const std::string& unit) {
  const Unit* found = unit_row(unit);
  return found ? found->whole : unit;
}

std::string unit_named(const std::string& name) {
  const Unit* found = unit_row(name);
  if (!found) return name == "pixel" || name == "pixels" ? "" : name;
  const std::string names = found->names;
  return names.substr(1, names.find(' ', 1) - 1);
}

}  // namespace faltung
