// Depthwise layers: small planes taken whole give the bits of any stream.
#include <doctest/doctest.h>

#include "engine/convolve/planner.h"
#include "engine/convolve/reference.h"
#include "tests/convolve/layer_case.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

Problem depthwise(std::mt19937& random) {
  const Index taps = draw(random, 1, 5);
  Problem p = layer(random, 1, draw(random, 2, 5), draw(random, 5, 90), taps);
  p.in_channels = p.out_channels;
  for (Path& path : p.paths) path.in = path.out;
  p.inner = Shape{draw(random, 5, 60)};
  p.boundary = static_cast<Boundary>(draw(random, 0, 5));
  p.constant = 0.5;
  p.padding = {{draw(random, 0, taps), draw(random, 0, taps)}, {draw(random, 0, taps), 0}};
  p.arithmetic = SampleType::float64;  // as the slabs are: others are converted on the way
  return p;
}

std::unique_ptr<Streaming> direct(const Problem& p, Workers* workers) {
  const Plan plan = make_plan(p, Costs{}, workers, "direct");
  return plan.candidates[plan.chosen].prepare();
}

}  // namespace

TEST_CASE("direct: planes of depthwise layers taken whole equal streams bit for bit") {
  std::mt19937 random(41);
  Workers workers(3);
  for (int n = 0; n < 80; ++n) {
    CAPTURE(n);
    const Problem p = depthwise(random);
    const Array<double> in = random_input(random, p);
    const auto got = whole(*direct(p, nullptr), p, in);
    CHECK(error_of(p, got, reference(p, in)) <= 1e-14);
    CHECK(stream<double>(*direct(p, nullptr), p, in, {7}) == got);
    CHECK(whole(*direct(p, &workers), p, in) == got);
  }
}
