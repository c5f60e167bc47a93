// Axes of a plot: which values stand where, ticks at round numbers, grid and labels.
#pragma once

#include <string>
#include <vector>

#include "apps/faltung/plots/canvas.h"

namespace faltung {

struct Axis {
  enum class Scale { linear, logarithmic };
  double low = 0;  // above 0 where logarithmic
  double high = 1;
  std::string title;  // with its unit: "time (s)"
  Scale scale = Scale::linear;
  double least_step = 0;  // between ticks; 1 for what is counted

  // 0 at low, 1 at high; beyond them outside.
  double share(double value) const;
  double value_at(double share) const;
};

struct Tick {
  double value = 0;
  std::string label;  // empty: a thin line without a number
};

// At 1, 2 or 5 times powers of ten; at most about `most` labels.
std::vector<Tick> ticks(const Axis& axis, int most);

enum class Grid { on, off };
enum class Labels { both, y_only };

// Where the values stand, what surrounds them, and the labels outside of `area`.
class Axes {
 public:
  Axes(const Box& area, const Axis& x, const Axis& y) : area_(area), x_(x), y_(y) {}

  const Box& area() const noexcept { return area_; }
  const Axis& x() const noexcept { return x_; }
  const Axis& y() const noexcept { return y_; }
  double x_of(double value) const { return area_.left + x_.share(value) * area_.width(); }
  double y_of(double value) const { return area_.bottom - y_.share(value) * area_.height(); }

  void draw(Canvas& canvas, Grid grid = Grid::on, Labels labels = Labels::both) const;

 private:
  void draw_x(Canvas& canvas, Grid grid, Labels labels) const;
  void draw_y(Canvas& canvas, Grid grid) const;
  Box area_;
  Axis x_;
  Axis y_;
};

}  // namespace faltung
