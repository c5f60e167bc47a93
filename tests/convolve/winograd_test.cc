// Winograd's filtering: its error at many channels, and where the planner takes it.
#include "engine/convolve/winograd.h"

#include <doctest/doctest.h>

#include "engine/convolve/reference.h"
#include "tests/convolve/layer_case.h"

using namespace faltung;
using namespace faltung::testing;

TEST_CASE("winograd: keeps the error it states at many channels, whoever computes it") {
  std::mt19937 random(31);
  Workers workers(3);
  for (const SampleType type : {SampleType::float32, SampleType::float64}) {
    Problem p = layer(random, 200, 24, 15, 3);
    p.arithmetic = type;
    const Array<double> in = random_input(random, p);
    const Array<double> wanted = reference(p, in);
    const auto alone = winograd_candidates(p, Costs{}, nullptr);
    const auto among = winograd_candidates(p, Costs{}, &workers);
    REQUIRE(alone.size() == 2);
    for (std::size_t i = 0; i < alone.size(); ++i) {
      CAPTURE(alone[i].detail);
      const auto got = whole(*alone[i].prepare(), p, in);
      CHECK(error_of_peak(got, wanted) <= alone[i].error);
      CHECK(whole(*among[i].prepare(), p, in) == got);
    }
  }
}

TEST_CASE("winograd: is chosen for layers of 3x3 taps, its tile by the tolerance") {
  std::mt19937 random(32);
  Problem p = layer(random, 64, 64, 56, 3);
  const auto chosen = [&] {
    const Plan plan = make_plan(p, Costs{}, nullptr);
    return plan.candidates[plan.chosen].solver + " " + plan.candidates[plan.chosen].detail;
  };
  CHECK(chosen() == "winograd F(2x2, 3x3)");
  p.tolerance = 1e-5;
  CHECK(chosen() == "winograd F(4x4, 3x3)");
  p.stride = Shape{2, 2};
  CHECK(why_not_winograd(p) == "only for stride 1 and taps without gaps");
  CHECK(why_not_winograd(layer(random, 3, 64, 9, 3)) == "a group has fewer than 8 channels");
  CHECK(why_not_winograd(layer(random, 8, 8, 9, 5)) == "only for images and 3x3 taps");
}
