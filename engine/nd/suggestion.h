// "did you mean …?": the allowed name that a misspelt one is closest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faltung {

// Letters dropped, added, exchanged or swapped with their neighbour to turn one into the other
// (Damerau 1964; the restricted form, in which no letter is touched twice).
int edit_distance(std::string_view a, std::string_view b);

// Empty where no allowed name is within a third of the given one's length (at least one letter).
std::string suggestion(const std::string& given, const std::vector<std::string>& allowed);

}  // namespace faltung
