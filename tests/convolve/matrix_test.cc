// Products of matrices: layers larger than random problems are, both ways of laying them out.
#include "engine/convolve/matrix.h"
#include "engine/convolve/prediction.h"

#include <doctest/doctest.h>

#include <array>

#include "engine/convolve/reference.h"
#include "tests/convolve/layer_case.h"

using namespace faltung;
using namespace faltung::testing;

TEST_CASE("matrix: layers of several sums and panels equal the definition within its bound") {
  std::mt19937 random(21);
  Workers workers(3);
  for (const auto& [ins, outs, extent, taps] :
       {std::array<Index, 4>{70, 33, 7, 3}, {40, 20, 19, 3}, {300, 50, 9, 1}, {5, 130, 16, 2}}) {
    for (const SampleType type : {SampleType::float32, SampleType::float64}) {
      CAPTURE(ins);
      Problem p = layer(random, ins, outs, extent, taps);
      p.arithmetic = type;
      const Array<double> in = random_input(random, p);
      const Array<double> wanted = reference(p, in);
      const Candidate alone = matrix_candidates(p, Costs{}, nullptr).at(0);
      const auto streaming = alone.prepare();
      const auto got = whole(*streaming, p, in);
      const double definition = direct_error(SampleType::float64, static_cast<double>(ins * taps * taps));
      CHECK(error_of_peak(got, wanted) <= alone.error + 2 * definition);
      streaming->reset();
      CHECK(stream<double>(*streaming, p, in, {3}) == got);
      CHECK(whole(*matrix_candidates(p, Costs{}, &workers).at(0).prepare(), p, in) == got);
    }
  }
}

TEST_CASE("matrix: an input without padding, read where it lies, gives the same bits") {
  std::mt19937 random(22);
  for (int n = 0; n < 40; ++n) {
    Problem p = random_problem(random);
    for (Padding& padding : p.padding) padding = {0, 0};
    bool fits = why_not_matrix(p).empty();
    for (int axis = 0; axis < p.rank(); ++axis) {
      fits = fits && p.input_extent(axis) >= p.dilated(axis);
    }
    if (!fits) continue;
    p.max_slab = *p.extent;
    p.arithmetic = SampleType::float64;  // as the slabs are: others are converted on the way
    const Array<double> in = random_input(random, p);
    const auto streaming = matrix_candidates(p, Costs{}, nullptr).at(0).prepare();
    const auto got = whole(*streaming, p, in);
    streaming->reset();
    CHECK(got == stream<double>(*streaming, p, in, {p.max_slab}));
  }
}

TEST_CASE("matrix: refuses what has no channels to share") {
  std::mt19937 random(23);
  CHECK(why_not_matrix(layer(random, 1, 1, 5, 3)) == "one path: no matrix");
  Problem depthwise = layer(random, 2, 2, 5, 3);
  depthwise.paths = {{0, 0, 0}, {1, 1, 1}};
  CHECK(why_not_matrix(depthwise) == "output channels that share their inputs with no other");
}
