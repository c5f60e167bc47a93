// Every solver against the definition, over random problems and random cuts.
#include <doctest/doctest.h>

#include "engine/convolve/planner.h"
#include "engine/convolve/reference.h"
#include "engine/simd/targets.h"
#include "tests/convolve/random_problem.h"

using namespace faltung;
using namespace faltung::testing;

namespace {

constexpr int kProblems = 400;

double allowed(SampleType type) { return type == SampleType::float32 ? 1e-6 : 1e-14; }

// Makes half of the kernels separable, so that the solver for them has work.
void make_separable(Problem& p, std::mt19937& random) {
  for (Index& s : p.stride) s = 1;
  p.paths.clear();
  p.out_channels = p.in_channels;
  for (Index c = 0; c < p.in_channels; ++c) p.paths.push_back({c, c, c % p.kernel_count()});
  if (!p.bias.empty()) p.bias.resize(static_cast<std::size_t>(p.out_channels), 0.5);
  const Shape taps = p.kernels.extents().from(1);
  std::vector<std::vector<double>> factors;
  for (Index extent : taps) {
    factors.emplace_back(static_cast<std::size_t>(extent));
    fill_noise(random, factors.back().data(), extent);
  }
  Index i = 0;
  for (Index k = 0; k < p.kernel_count(); ++k) {
    for_each_position(taps, [&](const Shape& at) {
      double value = 1;
      for (int axis = 0; axis < taps.rank(); ++axis) {
        value *= factors[static_cast<std::size_t>(axis)][static_cast<std::size_t>(at[axis])];
      }
      p.kernels[i++] = value;
    });
  }
}

// Leaves one tap of 24 or one of 4, so that the solvers for zeros have work.
void make_sparse(Problem& p, std::mt19937& random) {
  const Index one_of = draw(random, 0, 1) == 0 ? 24 : 4;
  for (double& tap : p.kernels) {
    if (draw(random, 1, one_of) > 1) tap = 0;
  }
  p.kernels[0] = 0.5;  // something must reach the output for errors to be relative to it
}

// Every tap of a kernel the same, each output from one channel, no gaps.
void make_box(Problem& p, std::mt19937& random) {
  make_separable(p, random);
  for (Index& d : p.dilation) d = 1;
  p.interleaved = 1;
  for (Index i = 0; i < p.kernels.size(); ++i) {
    p.kernels[i] = 0.25 * static_cast<double>(1 + i / p.kernel_size());
  }
}

// An image of some channels through 3x3 taps, as layers have them.
Problem random_layer(std::mt19937& random) {
  Problem p;
  p.in_channels = draw(random, 8, 10);
  p.out_channels = draw(random, 8, 20);
  for (Index o = 0; o < p.out_channels; ++o) {
    for (Index i = 0; i < p.in_channels; ++i) p.paths.push_back({i, o, o * p.in_channels + i});
  }
  p.kernels = Array<double>(Shape{static_cast<Index>(p.paths.size()), 3, 3});
  fill_noise(random, p.kernels.data(), p.kernels.size());
  p.stride = p.dilation = Shape{1, 1};
  p.extent = draw(random, 3, 21);
  p.inner = Shape{draw(random, 3, 40)};
  for (int axis = 0; axis < 2; ++axis) p.padding.push_back({draw(random, 0, 2), draw(random, 0, 2)});
  p.boundary = static_cast<Boundary>(draw(random, 0, 5));
  p.bias.resize(static_cast<std::size_t>(p.out_channels));
  fill_noise(random, p.bias.data(), p.out_channels);
  p.arithmetic = draw(random, 0, 1) == 0 ? SampleType::float32 : SampleType::float64;
  return p;
}

void check_candidate(const Problem& p, const Candidate& candidate, const Array<double>& in,
                     const Array<double>& wanted, std::mt19937& random) {
  CAPTURE(candidate.solver);
  CAPTURE(candidate.detail);
  CAPTURE(p.text());
  auto streaming = candidate.prepare();
  const std::vector<std::vector<Index>> cuts = {
      {p.max_slab}, {1}, {7}, {draw(random, 1, p.max_slab), draw(random, 1, p.max_slab)}};
  std::vector<double> whole;
  for (const auto& cut : cuts) {
    CAPTURE(cut[0]);
    streaming->reset();
    const auto got = stream<double>(*streaming, p, in, cut);
    if (whole.empty()) {
      whole = got;
      // Winograd's transforms err by more, and say so; all others keep what the type promises.
      const bool says_so = candidate.solver == "winograd";
      CHECK(error_of(p, got, wanted) <=
            (says_so ? std::max(allowed(p.arithmetic), candidate.error) : allowed(p.arithmetic)));
    }
    CHECK(got == whole);
  }
}

}  // namespace

TEST_CASE("solvers: equal the definition for random problems, bit for bit under any cutting") {
  std::mt19937 random(20240607);
  std::vector<int> tried(solvers().size(), 0);
  for (int n = 0; n < kProblems; ++n) {
    CAPTURE(n);
    const bool layer = n % 7 == 1;
    Problem p = layer ? random_layer(random) : random_problem(random);
    if (n % 2 == 0 && !layer) make_separable(p, random);
    if (n % 3 == 0) make_sparse(p, random);
    else if (n % 5 == 0 && !layer) make_box(p, random);
    p.max_slab = std::max<Index>(7, *p.extent);
    const Array<double> in = random_input(random, p);
    const Array<double> wanted = reference(p, in);
    for (const Solver& solver : solvers()) {
      if (!solver.why_not(p).empty()) continue;
      for (const Candidate& candidate : solver.candidates(p, Costs{}, nullptr)) {
        if (candidate.seconds < 0) continue;
        check_candidate(p, candidate, in, wanted, random);
        ++tried[static_cast<std::size_t>(&solver - solvers().data())];
      }
    }
  }
  for (std::size_t n = 0; n < tried.size(); ++n) {
    CAPTURE(std::string(solvers()[n].name));
    CHECK(tried[n] > 20);
  }
}

TEST_CASE("solvers: any number of threads gives the same bits") {
  std::mt19937 random(7);
  Workers workers(3);
  for (int n = 0; n < 60; ++n) {
    Problem p = n % 7 == 1 ? random_layer(random) : random_problem(random);
    if (n % 3 == 0) make_sparse(p, random);
    else if (n % 5 == 0) make_box(p, random);
    p.max_slab = *p.extent;
    const Array<double> in = random_input(random, p);
    for (const Solver& solver : solvers()) {
      if (!solver.why_not(p).empty()) continue;
      const auto alone = solver.candidates(p, Costs{}, nullptr);
      const auto many = solver.candidates(p, Costs{}, &workers);
      for (std::size_t i = 0; i < alone.size(); ++i) {
        if (alone[i].seconds < 0) continue;
        CAPTURE(alone[i].solver);
        auto a = alone[i].prepare(), b = many[i].prepare();
        CHECK(stream<double>(*a, p, in, {p.max_slab}) == stream<double>(*b, p, in, {p.max_slab}));
      }
    }
  }
}

// Slices of more than a megabyte are summed eight at a time and held with less room to spare.
TEST_CASE("solvers: equal the definition for large slices of a volume") {
  std::mt19937 random(11);
  Workers workers(3);
  for (const Boundary boundary : {Boundary::zero, Boundary::reflect, Boundary::wrap}) {
    Problem p;
    p.paths = {{0, 0, 0}};
    p.kernels = Array<double>(Shape{1, 5, 2, 2});
    p.stride = p.dilation = Shape{1, 1, 1};
    p.extent = 27;
    p.inner = Shape{300, 450};
    p.padding = {{2, 2}, {1, 0}, {0, 1}};
    p.boundary = boundary;
    p.arithmetic = SampleType::float64;
    make_separable(p, random);
    p.max_slab = 7;
    const Array<double> in = random_input(random, p);
    const Array<double> wanted = reference(p, in);
    for (Workers* team : {static_cast<Workers*>(nullptr), &workers}) {
      int tried = 0;
      for (const Solver& solver : solvers()) {
        if (std::string(solver.name) != "separable" && std::string(solver.name) != "direct")
          continue;
        for (const Candidate& candidate : solver.candidates(p, Costs{}, team)) {
          check_candidate(p, candidate, in, wanted, random);
          ++tried;
        }
      }
      CHECK(tried == 2);
    }
  }
}

TEST_CASE("solvers: a long response keeps its accuracy") {
  std::mt19937 random(11);
  Problem p;
  p.kernels = Array<double>(Shape{1, 20000});
  fill_noise(random, p.kernels.data(), p.kernels.size());
  p.paths = {{0, 0, 0}};
  p.stride = p.dilation = Shape{1};
  p.padding = {padding_for(Mode::full, 20000)};
  p.extent = 5000;
  p.max_slab = 1024;
  const Array<double> in = random_input(random, p);
  const Array<double> wanted = reference(p, in);
  for (const Solver& solver : solvers()) {
    if (!solver.why_not(p).empty()) continue;
    for (const Candidate& candidate : solver.candidates(p, Costs{}, nullptr)) {
      CAPTURE(candidate.solver + " " + candidate.detail);
      auto streaming = candidate.prepare();
      const double error = error_of(p, stream<float>(*streaming, p, in, {1000, 24}), wanted);
      if (candidate.error <= p.tolerance) CHECK(error <= 1e-6);
      CHECK(error <= candidate.error * 4);
    }
  }
}

TEST_CASE("solvers: equal the definition on every instruction set") {
  for (const std::string& target : simd_targets()) {
    CAPTURE(target);
    force_simd_target(target);
    std::mt19937 random(3);
    for (int n = 0; n < 40; ++n) {
      Problem p = random_problem(random);
      if (n % 3 == 0) make_sparse(p, random);
      else if (n % 5 == 0) make_box(p, random);
      p.max_slab = *p.extent;
      const Array<double> in = random_input(random, p);
      const Array<double> wanted = reference(p, in);
      for (const Solver& solver : solvers()) {
        if (!solver.why_not(p).empty()) continue;
        for (const Candidate& candidate : solver.candidates(p, Costs{}, nullptr)) {
          if (candidate.seconds < 0) continue;
          CAPTURE(candidate.solver);
          auto streaming = candidate.prepare();
          CHECK(error_of(p, stream<double>(*streaming, p, in, {p.max_slab}), wanted) <=
                allowed(p.arithmetic));
        }
      }
    }
    force_simd_target("");
  }
}
