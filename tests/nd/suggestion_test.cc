// "did you mean …?"
#include "engine/nd/suggestion.h"

#include <doctest/doctest.h>

namespace faltung {

TEST_CASE("suggestion: counts letters dropped, added, exchanged and swapped") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("gain", "gain") == 0);
  CHECK(edit_distance("gian", "gain") == 1);
  CHECK(edit_distance("convolv", "convolve") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("suggestion: finds the closest name, and none where all are far") {
  const std::vector<std::string> names{"convolve", "correlate", "gain", "mix"};
  CHECK(suggestion("convolv", names) == "convolve");
  CHECK(suggestion("corelate", names) == "correlate");
  CHECK(suggestion("rnu", {"run", "check"}) == "run");
  CHECK(suggestion("dbb", {"db"}) == "db");
  CHECK(suggestion("quux", names) == "");
  CHECK(suggestion("x", {}) == "");
}

}  // namespace faltung
