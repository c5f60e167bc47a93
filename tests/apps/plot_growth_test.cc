// The pictures of `bench growth`: that choices are marked where they are made.
#include "apps/faltung/plots/growth.h"

#include <doctest/doctest.h>

namespace faltung {
namespace {

GrowthPanel panel() {
  GrowthPanel panel{"panel", "x", "y", {}, {}, {}};
  panel.curves = {{"direct", {{1, 1}, {4, 4}, {16, 16}}},
                  {"overlap_save", {{1, 3}, {4, 3}, {16, 3}}}};
  panel.choices = {{1, "direct"}, {4, "overlap_save"}, {16, "overlap_save"}};
  return panel;
}

Index pixels_of(const Canvas& canvas, Color color) {
  Index count = 0;
  for (Index y = 0; y < canvas.height(); ++y) {
    for (Index x = 0; x < canvas.width(); ++x) count += canvas.at(x, y) == color;
  }
  return count;
}

}  // namespace

TEST_CASE("plots: a switch lies between the problems where the choice changes") {
  const auto found = switches(panel().choices);
  REQUIRE(found.size() == 1);
  CHECK(found[0].x == doctest::Approx(2));
  CHECK(found[0].from == "direct");
  CHECK(found[0].to == "overlap_save");
  CHECK(switches({}).empty());
  CHECK(switches({{1, "direct"}, {2, "direct"}}).empty());
}

TEST_CASE("plots: growth draws every solver in its colour, and a switch as a dashed line") {
  const Canvas with = plot_growth({panel()}, "growth");
  CHECK(pixels_of(with, kCurves[0]) > 500);
  CHECK(pixels_of(with, kCurves[1]) > 500);
  GrowthPanel unchanging = panel();
  for (auto& choice : unchanging.choices) choice.solver = "direct";
  const Canvas without = plot_growth({unchanging}, "growth");
  CHECK(pixels_of(with, kFaintInk) > pixels_of(without, kFaintInk) + 100);
}

TEST_CASE("plots: a second panel keeps the colours of the solvers") {
  GrowthPanel second = panel();
  std::swap(second.curves[0], second.curves[1]);
  const Canvas one = plot_growth({panel()}, "growth");
  const Canvas two = plot_growth({panel(), second}, "growth");
  CHECK(two.height() > one.height());
  CHECK(pixels_of(two, kCurves[0]) > 3 * pixels_of(one, kCurves[0]) / 2);
  CHECK(pixels_of(two, kCurves[2]) == 0);
}

}  // namespace faltung
