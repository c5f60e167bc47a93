// Overlap-save: tiles so large that threads share them.
#include "engine/convolve/overlap_save.h"

#include <doctest/doctest.h>

#include "engine/convolve/direct.h"
#include "tests/convolve/random_problem.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

Problem volume(std::mt19937& random, std::vector<Path> paths, Index channels) {
  Problem p;
  p.kernels = Array<double>(Shape{static_cast<Index>(paths.size()), 3, 4, 5});
  fill_noise(random, p.kernels.data(), p.kernels.size());
  p.in_channels = p.out_channels = channels;
  p.paths = std::move(paths);
  p.extent = 90;
  p.inner = Shape{140, 150};
  p.padding = {{1, 1}, {2, 1}, {0, 4}};
  p.stride = Shape{2, 1, 1};
  p.dilation = Shape{1, 1, 1};
  p.boundary = Boundary::reflect;
  p.max_slab = *p.extent;
  return p;
}

void check_shared(const Problem& p, std::mt19937& random) {
  const Shape extents{40, 160, 192};  // over a million samples: one tile for all threads
  Workers workers(3);
  Array<double> in(Shape{p.in_channels, *p.extent, p.inner[0], p.inner[1]});
  fill_noise(random, in.data(), in.size());
  auto alone = make_sliding(p, make_overlap_save<double>(p, extents, nullptr), nullptr);
  auto together = make_sliding(p, make_overlap_save<double>(p, extents, &workers), &workers);
  auto direct = make_sliding(p, make_direct<double>(p, nullptr), nullptr);
  const auto expected = stream<double>(*alone, p, in, {p.max_slab});
  CHECK(stream<double>(*together, p, in, {p.max_slab}) == expected);
  CHECK(together->memory_bytes() < alone->memory_bytes() + (4 << 20));
  const auto definition = stream<double>(*direct, p, in, {p.max_slab});
  REQUIRE(definition.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    worst = std::max(worst, std::abs(definition[i] - expected[i]));
  }
  CHECK(worst < 1e-13);
}

}  // namespace

TEST_CASE("overlap_save: threads that share a large tile give one thread's bits") {
  std::mt19937 random(11);
  check_shared(volume(random, {{0, 0, 0}}, 1), random);
  check_shared(volume(random, {{0, 0, 0}, {1, 0, 1}, {0, 1, 2}, {1, 1, 3}}, 2), random);
}
