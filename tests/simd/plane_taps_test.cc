// Taps between planes against plain sums, on every instruction set.
#include "engine/simd/plane_taps.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "engine/simd/targets.h"
#include "tests/convolve/random_problem.h"

using namespace faltung;
using faltung::testing::draw;

namespace {

PlaneTaps draw_planes(std::mt19937& random) {
  PlaneTaps p;
  p.rows = draw(random, 1, 12), p.count = draw(random, 1, 70);
  p.in_rows = draw(random, 1, 12), p.in_count = draw(random, 1, 70);
  p.out_stride = p.count + draw(random, 0, 3), p.in_stride = p.in_count + draw(random, 0, 3);
  p.tap_rows = draw(random, 1, 7), p.taps = draw(random, 1, 7);
  p.row_dilation = draw(random, 1, 2), p.dilation = draw(random, 1, 3);
  p.top = draw(random, -2, 5), p.left = draw(random, -2, 25);
  return p;
}

// Calls body(out, in, tap) with the places of every pair that a tap joins.
template <class Body>
void for_each_pair(const PlaneTaps& p, Body&& body) {
  for (Index r = 0; r < p.rows; ++r) {
    for (Index x = 0; x < p.count; ++x) {
      for (Index tap = 0; tap < p.tap_rows * p.taps; ++tap) {
        const Index y = r + tap / p.taps * p.row_dilation - p.top;
        const Index n = x + tap % p.taps * p.dilation - p.left;
        if (y < 0 || y >= p.in_rows || n < 0 || n >= p.in_count) continue;
        body(static_cast<std::size_t>(r * p.out_stride + x),
             static_cast<std::size_t>(y * p.in_stride + n), static_cast<std::size_t>(tap));
      }
    }
  }
}

// What is between the rows must neither be read nor written.
template <class T>
std::vector<T> plane(std::mt19937& random, Index rows, Index count, Index stride) {
  std::vector<T> result(static_cast<std::size_t>((rows - 1) * stride + count),
                        std::numeric_limits<T>::quiet_NaN());
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (Index r = 0; r < rows; ++r) {
    for (Index x = 0; x < count; ++x) {
      result[static_cast<std::size_t>(r * stride + x)] = static_cast<T>(uniform(random));
    }
  }
  return result;
}

template <class T>
void check_weigh(std::mt19937& random, Start start) {
  const PlaneTaps p = draw_planes(random);
  const std::vector<T> in = plane<T>(random, p.in_rows, p.in_count, p.in_stride);
  const std::vector<T> weights = plane<T>(random, p.tap_rows, p.taps, p.taps);
  std::vector<T> out = plane<T>(random, p.rows, p.count, p.out_stride);
  std::vector<double> expected(out.begin(), out.end());
  const T bias = T(0.5);
  for (double& sum : expected) {
    if (start == Start::bias && !std::isnan(sum)) sum = static_cast<double>(bias);
  }
  for_each_pair(p, [&](std::size_t o, std::size_t i, std::size_t tap) {
    expected[o] += static_cast<double>(weights[tap]) * static_cast<double>(in[i]);
  });
  weigh_taps(p, in.data(), weights.data(), start, bias, out.data());
  for (std::size_t o = 0; o < out.size(); ++o) {
    CHECK(std::isnan(expected[o]) == std::isnan(out[o]));
    if (std::isnan(expected[o])) continue;
    CHECK(std::abs(expected[o] - static_cast<double>(out[o])) <
          50 * static_cast<double>(std::numeric_limits<T>::epsilon()));
  }
}

// Four standard deviations, where terms of size 1/3 are summed in pieces of 4096 in T: a piece's
// partial sums grow as √terms, each rounds by ε/2 of itself.
template <class T>
double dot_tolerance(double terms) {
  const double epsilon = static_cast<double>(std::numeric_limits<T>::epsilon());
  return epsilon * (4 + std::sqrt(terms * std::min(terms, 4096.0)) / 2);
}

template <class T>
void check_dot(std::mt19937& random, const PlaneTaps& p) {
  const std::vector<T> in = plane<T>(random, p.in_rows, p.in_count, p.in_stride);
  const std::vector<T> out = plane<T>(random, p.rows, p.count, p.out_stride);
  std::vector<double> sums(static_cast<std::size_t>(p.tap_rows * p.taps), 0.5);
  std::vector<double> expected = sums, terms(sums.size(), 1.0);
  for_each_pair(p, [&](std::size_t o, std::size_t i, std::size_t tap) {
    expected[tap] += static_cast<double>(out[o]) * static_cast<double>(in[i]);
    terms[tap] += 1;
  });
  dot_taps(p, in.data(), out.data(), sums.data());
  for (std::size_t tap = 0; tap < sums.size(); ++tap) {
    CHECK(std::abs(expected[tap] - sums[tap]) < dot_tolerance<T>(terms[tap]));
  }
}

}  // namespace

TEST_CASE("plane taps: weigh what lies inside, and touch nothing between the rows") {
  for (const std::string& target : simd_targets()) {
    CAPTURE(target);
    force_simd_target(target);
    std::mt19937 random(3);
    for (int round = 0; round < 60; ++round) {
      CAPTURE(round);
      for (const Start start : {Start::bias, Start::accumulate}) {
        check_weigh<float>(random, start);
        check_weigh<double>(random, start);
      }
    }
  }
  force_simd_target("");
}

TEST_CASE("plane taps: dot what lies inside, also of rows longer than a piece") {
  for (const std::string& target : simd_targets()) {
    CAPTURE(target);
    force_simd_target(target);
    std::mt19937 random(4);
    for (int round = 0; round < 60; ++round) {
      CAPTURE(round);
      const PlaneTaps p = draw_planes(random);
      check_dot<float>(random, p);
      check_dot<double>(random, p);
    }
    PlaneTaps wide = draw_planes(random), high = wide;
    wide.count = wide.out_stride = 40000, wide.in_count = wide.in_stride = 39990;
    high.rows = 900, high.in_rows = 890;
    check_dot<float>(random, wide);
    check_dot<float>(random, high);
  }
  force_simd_target("");
}

TEST_CASE("plane taps: an infinite sample reaches the sums of its own taps only") {
  PlaneTaps p;
  p.rows = p.in_rows = 5, p.count = p.in_count = p.out_stride = p.in_stride = 14;
  p.tap_rows = p.taps = 3, p.top = p.left = 1;
  std::vector<float> in(70, 1.0F), out(70, 1.0F);
  in[0] = std::numeric_limits<float>::infinity();  // the corner: taps (0, 0) to (1, 1) alone
  std::vector<double> sums(9);
  dot_taps(p, in.data(), out.data(), sums.data());
  for (std::size_t tap = 0; tap < 9; ++tap) {
    CHECK(std::isinf(sums[tap]) == (tap / 3 < 2 && tap % 3 < 2));
    CHECK_FALSE(std::isnan(sums[tap]));
  }
}
