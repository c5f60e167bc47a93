// The product of panels against plain sums, on every instruction set.
#include "engine/simd/multiply_panels.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include "engine/nd/array.h"
#include "engine/simd/targets.h"
#include "tests/convolve/random_problem.h"

using namespace faltung;
using faltung::testing::draw;

namespace {

// A matrix product of random extents, [depth][count] each, and what it must give.
template <class T>
struct Case {
  Index m, n, depth;
  Buffer<T> a, b, bias, before;  // [depth][m], [depth][n], [m], [m][n]

  explicit Case(std::mt19937& random)
      : m(draw(random, 1, 40)), n(draw(random, 1, 90)), depth(draw(random, 1, 70)),
        a(depth * m), b(depth * n), bias(m), before(m * n) {
    std::uniform_real_distribution<double> uniform(-1, 1);
    for (auto* values : {&a, &b, &bias, &before}) {
      for (T& x : *values) x = static_cast<T>(uniform(random));
    }
  }

  double sum(Index row, Index column) const {
    double result = 0;
    for (Index k = 0; k < depth; ++k) {
      result += static_cast<double>(a[k * m + row]) * static_cast<double>(b[k * n + column]);
    }
    return result;
  }

  // Rows from `first_row`, columns from `first_column` on.
  Buffer<T> multiplied(Start start, const Limits<T>* limits, Index first_row,
                       Index first_column) const {
    const PanelSizes sizes = panel_sizes<T>();
    const Index panels = (n - first_column + sizes.columns - 1) / sizes.columns;
    Buffer<T> rows(depth * (m - first_row)), columns(panels * sizes.columns * depth);
    pack_panels(a.data() + first_row, m - first_row, 1, depth, m, sizes.rows, rows.data());
    for (T& x : columns) x = std::numeric_limits<T>::quiet_NaN();  // what lies past counts for nothing
    for (Index k = 0; k < depth; ++k) {
      for (Index c = 0; c < n - first_column; ++c) {
        columns[(c / sizes.columns * depth + k) * sizes.columns + c % sizes.columns] =
            b[k * n + first_column + c];
      }
    }
    Buffer<T> out(m * n);
    std::copy(before.begin(), before.end(), out.begin());
    PanelProduct<T> p;
    p.rows = rows.data();
    p.columns = columns.data();
    p.row_count = m - first_row;
    p.column_count = n - first_column;
    p.depth = depth;
    p.row_panel_stride = sizes.rows * depth;
    p.column_depth_stride = sizes.columns;
    p.column_panel_stride = sizes.columns * depth;
    p.out = out.data() + first_row * n + first_column;
    p.out_stride = n;
    p.start = start;
    p.bias = bias.data() + first_row;
    p.limits = limits;
    multiply_panels(p);
    return out;
  }
};

template <class T>
void check_product(std::mt19937& random) {
  const Case<T> c(random);
  const Start start = draw(random, 0, 1) ? Start::bias : Start::accumulate;
  const Limits<T> limits{T(-0.5), T(2)};
  const bool limited = draw(random, 0, 1) == 1;
  const Buffer<T> out = c.multiplied(start, limited ? &limits : nullptr, 0, 0);
  const Index row = draw(random, 0, c.m - 1), column = draw(random, 0, c.n - 1);
  const Buffer<T> part = c.multiplied(start, limited ? &limits : nullptr, row, column);
  double worst = 0;
  bool same = true;
  for (Index i = 0; i < out.size(); ++i) {
    const Index m = i / c.n, n = i % c.n;
    double wanted = c.sum(m, n) + static_cast<double>(start == Start::bias ? c.bias[m] : c.before[i]);
    if (limited) wanted = std::clamp(wanted, -0.5, 2.0);
    worst = std::max(worst, std::abs(static_cast<double>(out[i]) - wanted));
    same = same && part[i] == (m >= row && n >= column ? out[i] : c.before[i]);
  }
  CHECK(worst <= (sizeof(T) == 4 ? 1e-5 : 1e-13));
  CHECK(same);
}

// Runs body on every instruction set there is.
template <class Body>
void on_every_target(Body&& body) {
  for (const std::string& target : simd_targets()) {
    CAPTURE(target);
    force_simd_target(target);
    body();
  }
  force_simd_target("");
}

}  // namespace

TEST_CASE("multiply_panels: equals plain sums and does not depend on where the matrix is cut") {
  on_every_target([] {
    std::mt19937 random(3);
    for (int n = 0; n < 300; ++n) {
      CAPTURE(n);
      check_product<float>(random);
      check_product<double>(random);
    }
  });
}

TEST_CASE("multiply_panels: limits let NaN pass") {
  on_every_target([] {
    std::mt19937 random(4);
    Case<float> c(random);
    c.a[0] = std::numeric_limits<float>::quiet_NaN();
    const Limits<float> limits{0, 1};
    const Buffer<float> out = c.multiplied(Start::bias, &limits, 0, 0);
    for (Index n = 0; n < c.n; ++n) CHECK(std::isnan(out[n]));
    for (Index i = c.n; i < out.size(); ++i) CHECK(!(out[i] < 0 || out[i] > 1));
  });
}

TEST_CASE("multiply_panels: reads the rows of a plain matrix where they lie") {
  on_every_target([] {
    const PanelSizes sizes = panel_sizes<float>();
    const Index n = 3 * sizes.columns, depth = 5;
    Buffer<float> b(depth * n), a(depth), out(n);
    for (Index i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i % 101);
    for (Index k = 0; k < depth; ++k) a[k] = static_cast<float>(k + 1);
    PanelProduct<float> p;
    p.rows = a.data();
    p.columns = b.data();
    p.row_count = 1;
    p.column_count = n;
    p.depth = depth;
    p.column_depth_stride = n;
    p.column_panel_stride = sizes.columns;
    p.out = out.data();
    multiply_panels(p);
    for (Index i = 0; i < n; ++i) {
      float wanted = 0;
      for (Index k = 0; k < depth; ++k) wanted += a[k] * b[k * n + i];
      CHECK(out[i] == wanted);  // small whole numbers: exact
    }
  });
}
