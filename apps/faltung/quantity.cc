// Numbers as people read them.
#include "apps/faltung/quantity.h"

#include <cmath>
#include <cstdio>

namespace faltung {

std::string quantity(double value, const std::string& unit) {
  static constexpr const char* kPrefixes[] = {"p", "n", "µ", "m", "", "k", "M", "G", "T", "P"};
  constexpr int kNone = 4;
  constexpr int kLast = 9;
  if (value == 0 || !std::isfinite(value)) return (value == 0 ? "0 " : "? ") + unit;
  int thousands = kNone;
  double scaled = std::abs(value);
  // 999.5 would be printed as 1000 of the smaller unit.
  while (scaled >= 999.5 && thousands < kLast) scaled /= 1000, ++thousands;
  while (scaled < 0.9995 && thousands > 0) scaled *= 1000, --thousands;
  char number[32];
  const int decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;
  std::snprintf(number, sizeof number, "%s%.*f ", value < 0 ? "-" : "", decimals, scaled);
  return number + std::string(kPrefixes[thousands]) + unit;
}

}  // namespace faltung
