// Responses folded into one: short and long ones against the plain sum.
#include "engine/design/fold.h"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

namespace faltung {
namespace {

Array<double> response(Index channels, Index taps, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  Array<double> result({channels, taps});
  for (double& tap : result) tap = uniform(random);
  return result;
}

}  // namespace

TEST_CASE("fold: equals the plain sum, with one response for all channels on either side") {
  struct Case {
    Index a_channels, a_taps, b_channels, b_taps;
  };
  for (const Case& c : {Case{1, 1, 1, 1}, Case{1, 3, 1, 5}, Case{2, 300, 2, 200},
                        Case{3, 100, 1, 1000}, Case{1, 64, 3, 65}, Case{1, 65, 3, 65}}) {
    const Array<double> a = response(c.a_channels, c.a_taps, 1);
    const Array<double> b = response(c.b_channels, c.b_taps, 2);
    const Array<double> folded = fold(a, b);
    REQUIRE(folded.extents() ==
            Shape{std::max(c.a_channels, c.b_channels), c.a_taps + c.b_taps - 1});
    for (Index channel = 0; channel < folded.extents()[0]; ++channel) {
      for (Index t = 0; t < folded.extents()[1]; ++t) {
        double sum = 0;
        for (Index m = std::max<Index>(0, t - c.b_taps + 1); m <= std::min(t, c.a_taps - 1); ++m) {
          sum += a({std::min(channel, c.a_channels - 1), m}) *
                 b({std::min(channel, c.b_channels - 1), t - m});
        }
        CHECK(std::abs(folded({channel, t}) - sum) < 1e-13);
      }
    }
  }
}

TEST_CASE("fold: different numbers of channels are refused") {
  CHECK_THROWS_AS(fold(response(2, 4, 1), response(3, 4, 1)), Error);
}

}  // namespace faltung
