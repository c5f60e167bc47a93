// Numbers as people read them: "12.3 ns", "4.5 MB", "216 GFLOP".
#pragma once

#include <string>

namespace faltung {

// Three significant digits and a prefix of the thousands: quantity(1.23e-8, "s") is "12.3 ns".
std::string quantity(double value, const std::string& unit);

}  // namespace faltung
