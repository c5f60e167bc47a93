// Signals in memory as a whole: the same bits as a stream of slabs gives.
#include "engine/convolve/bands.h"

#include <doctest/doctest.h>

#include <cstdint>

#include "engine/convolve/planner.h"
#include "engine/nd/rounded.h"
#include "tests/convolve/random_problem.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

// At most one path for each output: what is run in bands.
Problem random_whole_problem(std::mt19937& random) {
  Problem p = random_problem(random);
  while (p.rank() == 1) p = random_problem(random);
  std::vector<Path> paths;
  for (const Path& path : p.paths) {
    if (paths.empty() || paths.back().out != path.out) paths.push_back(path);
  }
  p.paths = paths;
  p.max_slab = *p.extent;
  return p;
}

// An image so wide that its rows are read where they lie.
Problem wide_problem(std::mt19937& random) {
  Problem p;
  const Index rows = draw(random, 1, 9), columns = draw(random, 1, 9);
  p.kernels = Array<double>(Shape{1, rows, columns});
  fill_noise(random, p.kernels.data(), p.kernels.size());
  p.in_channels = p.out_channels = draw(random, 1, 2);
  for (Index c = 0; c < p.in_channels; ++c) p.paths.push_back({c, c, 0});
  p.stride = Shape{draw(random, 1, 2), 1};
  p.dilation = Shape{1, draw(random, 1, 3)};
  p.extent = draw(random, rows, 70);
  p.inner = Shape{draw(random, 560, 900)};
  p.padding = {{draw(random, 0, rows), draw(random, 0, rows)},
               {draw(random, 0, columns), draw(random, 0, columns)}};
  p.boundary = static_cast<Boundary>(draw(random, 0, 5));
  p.bias.assign(static_cast<std::size_t>(p.out_channels), 0.125);
  p.max_slab = *p.extent;
  return p;
}

template <class T, class From>
SlabOf<T> slab_of(From& samples, Index channels, Index extent, Index inner) {
  return {samples.data(), channels, extent, inner, extent * inner};
}

template <class T>
std::vector<T> run_whole(Whole& whole, const Problem& p, const Array<double>& in) {
  const std::vector<T> from(in.begin(), in.end());
  const Index rows = p.output_extent_of(0), inner = p.output_inner().product();
  std::vector<T> to(static_cast<std::size_t>(p.out_channels * rows * inner), T(77));
  whole.run(slab_of<const T>(from, p.in_channels, *p.extent, p.inner.product()),
            slab_of<T>(to, p.out_channels, rows, inner));
  return to;
}

int check_all(const Problem& p, const Array<double>& in, Workers* workers) {
  int checked = 0;
  for (const Solver& solver : solvers()) {
    if (!solver.why_not(p).empty()) continue;
    for (const Candidate& candidate : solver.candidates(p, Costs{}, workers)) {
      if (candidate.seconds < 0 || !candidate.prepare_whole) continue;
      CAPTURE(candidate.solver + " " + candidate.detail);
      const auto whole = candidate.prepare_whole();
      auto streaming = candidate.prepare();
      CHECK(run_whole<double>(*whole, p, in) == stream<double>(*streaming, p, in, {p.max_slab}));
      streaming->reset();
      CHECK(run_whole<float>(*whole, p, in) == stream<float>(*streaming, p, in, {p.max_slab}));
      ++checked;
    }
  }
  return checked;
}

}  // namespace

TEST_CASE("bands: a whole signal gives the bits of a stream, with one thread and with three") {
  std::mt19937 random(31);
  Workers workers(3);
  int checked = 0;
  for (int n = 0; n < 120; ++n) {
    CAPTURE(n);
    const Problem p = n % 2 == 0 ? random_whole_problem(random) : wide_problem(random);
    CAPTURE(p.text());
    const Array<double> in = random_input(random, p);
    checked += check_all(p, in, n % 3 == 0 ? &workers : nullptr);
  }
  CHECK(checked > 200);
}

TEST_CASE("bands: any number of threads gives the same bits") {
  std::mt19937 random(32);
  Workers workers(3);
  for (int n = 0; n < 20; ++n) {
    Problem p = wide_problem(random);
    p.extent = p.max_slab = 150;
    const Array<double> in = random_input(random, p);
    for (const Solver& solver : solvers()) {
      if (!solver.why_not(p).empty()) continue;
      const auto alone = solver.candidates(p, Costs{}, nullptr);
      const auto many = solver.candidates(p, Costs{}, &workers);
      for (std::size_t i = 0; i < alone.size(); ++i) {
        if (alone[i].seconds < 0 || !alone[i].prepare_whole || !many[i].prepare_whole) continue;
        CAPTURE(alone[i].solver);
        const auto a = alone[i].prepare_whole(), b = many[i].prepare_whole();
        CHECK(run_whole<float>(*a, p, in) == run_whole<float>(*b, p, in));
      }
    }
  }
}

TEST_CASE("bands: an output larger than the caches holds the same bits, wherever it lies") {
  std::mt19937 random(34);
  Problem p = wide_problem(random);
  p.kernels = Array<double>(Shape{1, 3, 3});
  fill_noise(random, p.kernels.data(), 9);
  p.in_channels = p.out_channels = 1;
  p.paths = {{0, 0, 0}};
  p.bias.clear();
  p.stride = p.dilation = Shape{1, 1};
  p.padding = {{1, 1}, {1, 1}};
  p.extent = 2100;
  p.inner = Shape{2048};
  p.max_slab = 2100;
  const Array<double> in = random_input(random, p);
  const std::vector<float> from(in.begin(), in.end());
  const auto candidate = solvers().front().candidates(p, Costs{}, nullptr).front();
  auto streaming = candidate.prepare();
  const std::vector<float> wanted = stream<float>(*streaming, p, in, {p.max_slab});
  Workers workers(3);
  const auto whole = solvers().front().candidates(p, Costs{}, &workers).front().prepare_whole();
  Buffer<float> out(in.size() + 16);
  for (const Index past : {0, 4, 5}) {
    out.clear();
    whole->run(slab_of<const float>(from, 1, 2100, 2048),
               SlabOf<float>{out.data() + past, 1, 2100, 2048, in.size()});
    CHECK(std::equal(wanted.begin(), wanted.end(), out.begin() + past));
    CHECK(out[past + in.size()] == 0);
  }
}

TEST_CASE("bands: bytes in and out are the float32 result, rounded to even and saturated") {
  std::mt19937 random(33);
  for (int n = 0; n < 40; ++n) {
    CAPTURE(n);
    Problem p = n % 2 == 0 ? wide_problem(random) : random_whole_problem(random);
    p.arithmetic = SampleType::float32;
    Array<double> in = random_input(random, p);
    std::vector<std::uint8_t> from;
    for (double& x : in) from.push_back(static_cast<std::uint8_t>(x = std::floor(128 + 127 * x)));
    for (const Solver& solver : solvers()) {
      if (!solver.why_not(p).empty()) continue;
      for (const Candidate& candidate : solver.candidates(p, Costs{}, nullptr)) {
        if (candidate.seconds < 0 || !candidate.prepare_whole) continue;
        CAPTURE(candidate.solver);
        const auto whole = candidate.prepare_whole();
        const std::vector<float> wanted = run_whole<float>(*whole, p, in);
        std::vector<std::uint8_t> got(wanted.size());
        const Index rows = p.output_extent_of(0), inner = p.output_inner().product();
        whole->run(slab_of<const std::uint8_t>(from, p.in_channels, *p.extent, p.inner.product()),
                   slab_of<std::uint8_t>(got, p.out_channels, rows, inner));
        bool same = true;
        for (std::size_t i = 0; i < got.size(); ++i) {
          same = same && got[i] == rounded<std::uint8_t>(wanted[i]);
        }
        CHECK(same);
      }
    }
  }
}
