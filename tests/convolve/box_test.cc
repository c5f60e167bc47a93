// Box kernels: exact where sums are, no growth of errors, chosen by the planner, NaN stays local.
#include "engine/convolve/box.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/convolve/reference.h"
#include "tests/convolve/random_problem.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

// Boxes of `taps` over a signal of `extents`, "same".
Problem box_problem(const Shape& taps, const Shape& extents, double value) {
  Problem p;
  Shape all{1};
  for (Index extent : taps) all.push_back(extent);
  p.kernels = Array<double>(all);
  std::fill(p.kernels.begin(), p.kernels.end(), value);
  p.paths = {{0, 0, 0}};
  p.stride = p.dilation = Shape::filled(taps.rank(), 1);
  for (Index extent : taps) p.padding.push_back(padding_for(Mode::same, extent));
  p.extent = extents[0];
  p.inner = extents.from(1);
  p.max_slab = extents[0];
  p.boundary = Boundary::symmetric;
  return p;
}

Candidate box_of(const Problem& p) {
  REQUIRE(why_not_box(p).empty());
  return box_candidates(p, Costs{}, nullptr).front();
}

Array<double> integers(std::mt19937& random, const Problem& p) {
  Array<double> in = random_input(random, p);
  for (double& x : in) x = std::floor(1000 * x);
  return in;
}

}  // namespace

TEST_CASE("box: sums of integers are exact in any rank, however they are cut") {
  std::mt19937 random(5);
  for (const auto& [taps, extents] : {std::pair{Shape{250}, Shape{3000}},
                                      std::pair{Shape{31, 30}, Shape{200, 150}},
                                      std::pair{Shape{3, 200}, Shape{30, 1500}},
                                      std::pair{Shape{3, 127}, Shape{20, 2500}},
                                      std::pair{Shape{1, 40}, Shape{50, 70}},
                                      std::pair{Shape{7, 6, 5}, Shape{20, 31, 25}},
                                      std::pair{Shape{3, 2, 5, 4}, Shape{7, 8, 9, 10}}}) {
    CAPTURE(taps.text());
    for (const SampleType type : {SampleType::float32, SampleType::float64}) {
      Problem p = box_problem(taps, extents, 2);
      p.arithmetic = type;
      const Array<double> in = integers(random, p), wanted = reference(p, in);
      auto box = box_of(p).prepare();
      for (const Index cut : {extents[0], Index{1}, Index{17}}) {
        box->reset();
        const auto got = stream<double>(*box, p, in, {cut});
        CHECK(std::equal(got.begin(), got.end(), wanted.begin(), wanted.end()));
      }
    }
  }
}

TEST_CASE("box: errors stay within the bound and do not grow along the signal") {
  constexpr Index kTaps = 1000, kLong = 1'000'000;
  Problem p = box_problem(Shape{kTaps}, Shape{kLong}, 1.0 / kTaps);
  Array<double> in(Shape{1, kLong});
  std::mt19937 random(6);
  fill_noise(random, in.data(), in.size());
  for (double& x : in) x = static_cast<double>(static_cast<float>(1 + 0.5 * x));
  const Candidate candidate = box_of(p);
  auto box = candidate.prepare();
  const auto got = stream<float>(*box, p, in, {kLong});
  Problem wide = box_problem(Shape{kTaps}, Shape{kLong}, 1.0 / kTaps);
  wide.arithmetic = SampleType::float64;
  auto exact = box_of(wide).prepare();
  const auto wanted = stream<double>(*exact, wide, in, {kLong});
  const auto worst = [&](Index begin, Index end) {
    double error = 0;
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      error = std::max(error, std::abs(static_cast<double>(got[i]) - wanted[i]));
    }
    return error;
  };
  const double early = worst(0, kLong / 10), late = worst(kLong - kLong / 10, kLong);
  CHECK(early > 0);
  CHECK(late < 2 * early);
  CHECK(worst(0, kLong) <= (kTaps + 2) * 0x1p-24 * 1.5);
  CHECK(worst(0, kLong) <= candidate.error * 4);
}

TEST_CASE("box: a NaN ends with its box") {
  Problem p = box_problem(Shape{9, 9}, Shape{60, 60}, 1);
  p.boundary = Boundary::zero;
  std::mt19937 random(8);
  Array<double> in = integers(random, p);
  in[30 * 60 + 30] = std::numeric_limits<double>::quiet_NaN();
  auto box = box_of(p).prepare();
  const auto got = stream<float>(*box, p, in, {60});
  CHECK(std::count_if(got.begin(), got.end(), [](float y) { return std::isnan(y); }) == 81);
}

TEST_CASE("box: is chosen where taps are equal, and says why not elsewhere") {
  Problem p = box_problem(Shape{31, 31}, Shape{1000, 1000}, 1.0 / 961);
  Plan plan = make_plan(p, Costs{}, nullptr);
  CHECK(plan.candidates[plan.chosen].solver == "box");
  CHECK(plan.candidates[plan.chosen].detail ==
        "sums of a moving box, error at most 3.8e-06 of the gain");
  const double seconds = plan.candidates[plan.chosen].seconds;
  p = box_problem(Shape{201, 201}, Shape{1000, 1000}, 1.0 / 40401);
  plan = make_plan(p, Costs{}, nullptr);
  CHECK(plan.candidates[plan.chosen].solver == "box");
  CHECK(plan.candidates[plan.chosen].seconds < 1.5 * seconds);
  p.kernels[7] *= 1.5;
  CHECK(why_not_box(p) == "taps differ");
  p = box_problem(Shape{5, 5}, Shape{100, 100}, 1);
  p.stride = Shape{2, 1};
  CHECK(why_not_box(p) == "only for stride 1");
  p.stride = Shape{1, 1};
  p.dilation = Shape{1, 2};
  CHECK(why_not_box(p) == "only for taps without gaps");
  p = box_problem(Shape{1, 1}, Shape{100, 100}, 1);
  CHECK(why_not_box(p) == "one tap: delta");
}
