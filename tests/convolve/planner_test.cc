// What the planner sees in a kernel, and what it refuses.
#include "engine/convolve/planner.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/convolve/low_rank.h"
#include "tests/convolve/random_problem.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

Problem image_problem(Index taps, bool separable) {
  Problem p;
  p.kernels = Array<double>(Shape{1, taps, taps});
  std::mt19937 random(1);
  fill_noise(random, p.kernels.data(), p.kernels.size());
  for (Index i = 0; separable && i < p.kernels.size(); ++i) {
    p.kernels[i] = static_cast<double>(1 + i / taps) * static_cast<double>(2 + i % taps);
  }
  p.paths = {{0, 0, 0}};
  p.stride = p.dilation = Shape{1, 1};
  p.padding = {padding_for(Mode::same, taps), padding_for(Mode::same, taps)};
  p.extent = 1000;
  p.inner = Shape{1000};
  p.max_slab = 1000;
  return p;
}

std::string chosen(const Problem& p, const std::string& method = "auto") {
  const Plan plan = make_plan(p, Costs{}, nullptr, method);
  CHECK(plan.candidates.size() >= solvers().size());
  return plan.candidates[plan.chosen].solver;
}

std::string refusal(const Problem& p, const std::string& method = "auto") {
  try {
    make_plan(p, Costs{}, nullptr, method);
  } catch (const Error& error) {
    CHECK(error.code() == Code::configuration);
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("planner: reads the kernel, not only its size") {
  CHECK(chosen(image_problem(3, false)) == "direct");
  CHECK(chosen(image_problem(31, false)) == "overlap_save");
  CHECK(chosen(image_problem(15, true)) == "separable");
  CHECK(chosen(image_problem(31, true), "direct") == "direct");
}

TEST_CASE("planner: sees taps that are 0, and a single one") {
  Problem p = image_problem(31, false);
  for (Index i = 0; i < p.kernels.size(); ++i) {
    if (i % 97 != 0) p.kernels[i] = 0;
  }
  const Plan plan = make_plan(p, Costs{}, nullptr);
  CHECK(plan.candidates[plan.chosen].solver == "sparse");
  CHECK(plan.candidates[plan.chosen].detail == "10 of 961 taps, in 10 runs");
  CHECK(refusal(p, "delta") == "method 'delta' cannot do this: 10 taps reach an output");
  CHECK(refusal(image_problem(3, false), "sparse") ==
        "method 'sparse' cannot do this: no tap is 0");
  for (Index i = 1; i < p.kernels.size(); ++i) p.kernels[i] = 0;
  CHECK(chosen(p) == "delta");
  CHECK(refusal(p, "sparse") == "method 'sparse' cannot do this: one tap: delta");
}

TEST_CASE("planner: leaves kernels that reach far to others live") {
  Problem p;
  p.kernels = Array<double>(Shape{1, 100'000});
  p.kernels[0] = p.kernels[99'999] = 1;
  p.paths = {{0, 0, 0}};
  p.stride = p.dilation = Shape{1};
  p.padding = {padding_for(Mode::full, 100'000)};
  p.max_slab = 64;
  CHECK(chosen(p) == "sparse");
  p.block = 64;
  CHECK(chosen(p) == "partitioned");
  CHECK(refusal(p, "sparse") == "method 'sparse' cannot do this: reaches too far for live");
}

TEST_CASE("planner: passes over what is not accurate enough") {
  Problem p = image_problem(3, false);
  p.kernels = Array<double>(Shape{1, 45, 45});  // direct would be past 1e-6
  p.padding = {padding_for(Mode::same, 45), padding_for(Mode::same, 45)};
  std::mt19937 random(1);
  fill_noise(random, p.kernels.data(), p.kernels.size());
  Costs slow_transforms;
  slow_transforms.float32.transform = 1;
  slow_transforms.float32.fftw = 1;
  const Plan plan = make_plan(p, slow_transforms, nullptr);
  CHECK(plan.candidates[plan.chosen].solver == "overlap_save");
  p.tolerance = 1e-4;
  const Plan tolerant = make_plan(p, slow_transforms, nullptr);
  CHECK(tolerant.candidates[tolerant.chosen].solver == "direct");
}

TEST_CASE("planner: refuses what makes no sense, saying what is allowed") {
  const Problem p = image_problem(3, false);
  Problem strided = image_problem(3, false);
  strided.stride = Shape{2, 1};
  CHECK(refusal(strided, "partitioned") ==
        "method 'partitioned' cannot do this: only for stride 1 along the stream axis");
  CHECK(refusal(image_problem(31, false), "separable") ==
        "method 'separable' cannot do this: rank above 8");
  CHECK(refusal(p, "magic") ==
        "unknown method 'magic'; allowed: auto, direct, matrix, winograd, separable, box, "
        "delta, sparse, overlap_save, partitioned");
  Problem small = image_problem(3, false);
  small.padding = {Padding{}, Padding{}};
  small.extent = 2;
  CHECK(refusal(small) ==
        "kernel extent 3 is larger than the padded input (2) along the stream axis");
  Problem endless = image_problem(3, false);
  endless.extent.reset();
  endless.boundary = Boundary::wrap;
  CHECK(refusal(endless).find("needs to know where the stream ends") != std::string::npos);
  Problem broken = image_problem(3, false);
  broken.kernels[4] = NAN;
  CHECK(refusal(broken).find("tap 4") != std::string::npos);
}

TEST_CASE("low_rank: finds the fewest products and bounds what they miss") {
  std::mt19937 random(2);
  for (const Shape& taps : {Shape{5, 7}, Shape{8, 3}, Shape{3, 4, 5}}) {
    for (int rank : {1, 2}) {
      CAPTURE(taps.text());
      Array<double> kernel(taps);
      for (int r = 0; r < rank; ++r) {
        std::vector<std::vector<double>> factors;
        for (Index extent : taps) {
          factors.emplace_back(static_cast<std::size_t>(extent));
          fill_noise(random, factors.back().data(), extent);
        }
        Index i = 0;
        for_each_position(taps, [&](const Shape& at) {
          double value = 1;
          for (int a = 0; a < taps.rank(); ++a) {
            value *= factors[static_cast<std::size_t>(a)][static_cast<std::size_t>(at[a])];
          }
          kernel[i++] += value;
        });
      }
      const LowRank found = low_rank(kernel.data(), taps, 1e-9, 8);
      REQUIRE(!found.terms.empty());
      if (taps.rank() == 2) CHECK(found.terms.size() == static_cast<std::size_t>(rank));
      CHECK(found.error <= 1e-9);
      double missed = 0;
      Index i = 0;
      for_each_position(taps, [&](const Shape& at) {
        double value = kernel[i++];
        for (const SeparableTerm& term : found.terms) {
          double product = 1;
          for (int a = 0; a < taps.rank(); ++a) {
            product *= term.factors[static_cast<std::size_t>(a)][static_cast<std::size_t>(at[a])];
          }
          value -= product;
        }
        missed += std::abs(value);
      });
      CHECK(missed < 1e-8);
    }
  }
  Array<double> noise(Shape{12, 12});
  fill_noise(random, noise.data(), noise.size());
  CHECK(low_rank(noise.data(), noise.extents(), 1e-9, 8).terms.empty());
}

TEST_CASE("costs: survive as text, and nothing else does") {
  Costs costs, read;
  costs.float32.line = 12345000;
  CHECK(parse_costs(costs_text(costs), &read));
  CHECK(read.float32.line == 12345000);
  for (const std::string& text : {std::string(), std::string("costs"), costs_text(costs).substr(0, 200),
                                  std::string("faltung costs 0\n") + costs_text(costs)}) {
    Costs untouched;
    CHECK(!parse_costs(text, &untouched));
    CHECK(untouched.float32.line == Costs{}.float32.line);
  }
}
