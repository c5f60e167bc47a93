// What plans work with: estimates against what is allocated, and a bound that is kept.
#include <doctest/doctest.h>

#include "engine/convolve/planner.h"
#include "tests/convolve/random_problem.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

Problem image(Index side, Index taps) {
  Problem p;
  p.kernels = Array<double>(Shape{1, taps, taps});
  std::mt19937 random(1);
  fill_noise(random, p.kernels.data(), p.kernels.size());
  p.paths = {{0, 0, 0}};
  p.extent = side;
  p.inner = Shape{side};
  p.padding = {{taps / 2, taps / 2}, {taps / 2, taps / 2}};
  p.stride = p.dilation = Shape{1, 1};
  p.max_slab = side;
  return p;
}

}  // namespace

TEST_CASE("memory: what is estimated is close to what is allocated") {
  std::mt19937 random(7);
  int compared = 0;
  for (int n = 0; n < 150; ++n) {
    CAPTURE(n);
    Problem p = random_problem(random);
    p.max_slab = std::max<Index>(1, *p.extent);
    for (const Candidate& c : make_plan(p, Costs{}, nullptr).candidates) {
      if (c.seconds < 0) continue;
      CAPTURE(c.solver);
      const double allocated = static_cast<double>(c.prepare()->memory_bytes());
      REQUIRE(static_cast<double>(c.memory) * 1.5 + 65536 >= allocated);
      ++compared;
    }
  }
  CHECK(compared > 300);
}

TEST_CASE("memory: the planner drops what passes the bound and says what it needs") {
  Problem p = image(2000, 31);
  const Plan any = make_plan(p, Costs{}, nullptr);
  CHECK(any.candidates[any.chosen].solver == "overlap_save");
  p.memory = any.candidates[any.chosen].memory / 2;
  const Plan bound = make_plan(p, Costs{}, nullptr);
  CHECK(bound.candidates[bound.chosen].memory <= p.memory);
  bool said = false;
  for (const Candidate& c : bound.candidates) {
    said = said || (c.seconds < 0 && c.detail.find("works with ") == 0);
  }
  CHECK(said);
  p.memory = 10000;
  CHECK_THROWS_WITH_AS(make_plan(p, Costs{}, nullptr),
                       doctest::Contains("memory of 0.01 MB is not enough; the least"),
                       Error);
}

TEST_CASE("memory: a tolerance of 0 takes what is exact") {
  Problem p = image(600, 31);
  p.tolerance = 0;
  const Plan plan = make_plan(p, Costs{}, nullptr);
  CHECK(plan.candidates[plan.chosen].solver == "direct");
  std::fill(p.kernels.begin(), p.kernels.end(), 2.0);
  const Plan box = make_plan(p, Costs{}, nullptr);
  CHECK(box.candidates[box.chosen].solver == "box");
}
