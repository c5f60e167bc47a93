// Which output belongs to which input.
#include "apps/faltung/outputs.h"

#include <doctest/doctest.h>

#include "engine/nd/error.h"

namespace faltung {

TEST_CASE("outputs: one input goes to the output itself") {
  const auto jobs = plan_jobs({"-"}, "-");
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].output == "-");
  CHECK_THROWS_AS(plan_jobs({"a.wav", "b.wav"}, "-"), Error);
  CHECK_THROWS_AS(plan_jobs({"a.wav"}, "/nowhere/at/all/b.wav"), Error);
}

}  // namespace faltung
