// The pictures of `bench growth`.
#include "apps/faltung/plots/growth.h"

#include <algorithm>
#include <cmath>

#include "apps/faltung/plots/layout.h"
#include "apps/faltung/plots/lettering.h"

namespace faltung {
namespace {

constexpr double kPanelHeight = 400;
constexpr double kHeader = 70;  // above each panel: its title, and the legend
constexpr double kBelow = 84;   // below each panel: numbers and the axis' title
constexpr double kAir = 1.25;   // factor beyond the smallest and the largest value
constexpr double kRing = 11;    // outer diameter of what marks a choice
constexpr double kLegendCell = 1.9;
constexpr double kLegendGap = 26;
constexpr double kDash = 7;
constexpr Color kFloorInk{170, 176, 186};

using Names = std::vector<std::string>;

Names solvers_of(const std::vector<GrowthPanel>& panels) {
  Names names;
  for (const GrowthPanel& panel : panels) {
    for (const auto& curve : panel.curves) {
      if (std::find(names.begin(), names.end(), curve.name) == names.end()) {
        names.push_back(curve.name);
      }
    }
  }
  return names;
}

Color color_of(const Names& names, const std::string& solver) {
  const auto at = std::find(names.begin(), names.end(), solver) - names.begin();
  return kCurves[static_cast<std::size_t>(at) % std::size(kCurves)];
}

// Around all samples of the curves and the floor, as `value` sees them.
template <class Value>
Axis axis_around(const GrowthPanel& panel, const std::string& title, double air, Value&& value) {
  Axis axis{INFINITY, 0, title, Axis::Scale::logarithmic};
  const auto widen = [&](const GrowthPanel::Curve& curve) {
    for (const auto& sample : curve.samples) {
      axis.low = std::min(axis.low, value(sample) / air);
      axis.high = std::max(axis.high, value(sample) * air);
    }
  };
  for (const auto& curve : panel.curves) widen(curve);
  widen(panel.floor);
  return axis;
}

std::vector<Point> points_of(const Axes& axes, const GrowthPanel::Curve& curve) {
  std::vector<Point> points;
  for (const auto& sample : curve.samples) {
    points.push_back({axes.x_of(sample.x), axes.y_of(sample.y)});
  }
  return points;
}

void draw_dashes(Canvas& canvas, double x, double top, double bottom, Color color) {
  for (double y = top; y < bottom; y += 2 * kDash) {
    canvas.fill({std::floor(x), y, std::floor(x) + 2, std::min(y + kDash, bottom)}, color);
  }
}

// Upwards from the bottom, on white, so that it can be read where curves pass.
void write_beside(Canvas& canvas, double x, double bottom, const std::string& text, Color color) {
  constexpr double kCell = 1.8, kHalf = 11;
  canvas.fill({x - kHalf, bottom - text_width(text, kCell) - 5, x + kHalf, bottom + 5}, kWhite,
              0.9);
  write_text(canvas, {x, bottom}, text,
             {.color = color, .cell = kCell, .upwards = true, .bold = true});
}

void draw_switches(Canvas& canvas, const Axes& axes, const GrowthPanel& panel, const Names& names) {
  const Box& area = axes.area();
  for (const Switch& change : switches(panel.choices)) {
    const double x = axes.x_of(change.x), bottom = area.bottom - 14;
    write_beside(canvas, x - 15, bottom, change.from, color_of(names, change.from));
    write_beside(canvas, x + 15, bottom, change.to, color_of(names, change.to));
    draw_dashes(canvas, x, area.top, area.bottom, kFaintInk);
  }
}

void draw_choices(Canvas& canvas, const Axes& axes, const GrowthPanel& panel, const Names& names) {
  for (const auto& choice : panel.choices) {
    for (const auto& curve : panel.curves) {
      if (curve.name != choice.solver) continue;
      for (const auto& sample : curve.samples) {
        if (sample.x != choice.x) continue;
        const Point at{axes.x_of(sample.x), axes.y_of(sample.y)};
        canvas.line(at, at, color_of(names, curve.name), kRing);
        canvas.line(at, at, kWhite, kRing - 5);
      }
    }
  }
}

// From the right: the names in their colours.
void draw_legend(Canvas& canvas, const Box& area, const GrowthPanel& panel, const Names& names) {
  const double y = area.top - 18;
  double right = area.right;
  const auto add = [&](const std::string& text, Color color) {
    write_text(canvas, {right, y}, text,
               {.color = color, .cell = kLegendCell, .align = Align::end, .bold = true});
    right -= text_width(text, kLegendCell) + kLegendGap;
  };
  if (!panel.floor.samples.empty()) add(panel.floor.name, kFloorInk);
  for (auto curve = panel.curves.rbegin(); curve != panel.curves.rend(); ++curve) {
    add(curve->name, color_of(names, curve->name));
  }
}

void draw_panel(Canvas& canvas, const Box& area, const GrowthPanel& panel, const Names& names) {
  const Axes axes(area, axis_around(panel, panel.x_title, 1.06, [](const auto& s) { return s.x; }),
                  axis_around(panel, panel.y_title, kAir, [](const auto& s) { return s.y; }));
  axes.draw(canvas);
  canvas.stroke(points_of(axes, panel.floor), kFloorInk, 2);
  for (const auto& curve : panel.curves) {
    canvas.stroke(points_of(axes, curve), color_of(names, curve.name), 2.4);
  }
  draw_switches(canvas, axes, panel, names);
  draw_choices(canvas, axes, panel, names);
  write_text(canvas, {area.left, area.top - 46}, panel.title, {.bold = true});
  if (!panel.choices.empty()) {
    write_text(canvas, {area.left, area.top - 18}, "rings: the planner's choice",
               {.color = kFaintInk, .cell = kLegendCell});
  }
  draw_legend(canvas, area, panel, names);
}

}  // namespace

std::vector<Switch> switches(const std::vector<GrowthPanel::Choice>& choices) {
  std::vector<Switch> result;
  for (std::size_t i = 1; i < choices.size(); ++i) {
    if (choices[i].solver == choices[i - 1].solver) continue;
    result.push_back(
        {std::sqrt(choices[i].x * choices[i - 1].x), choices[i - 1].solver, choices[i].solver});
  }
  return result;
}

Canvas plot_growth(const std::vector<GrowthPanel>& panels, const std::string& title) {
  const double each = kHeader + kPanelHeight + kBelow;
  Canvas canvas(kPlotWidth,
                static_cast<Index>(kPlotTop + each * static_cast<double>(panels.size())));
  draw_title(canvas, kPlotLeft, title);
  const Names names = solvers_of(panels);
  double top = kPlotTop + kHeader;
  for (const GrowthPanel& panel : panels) {
    draw_panel(canvas,
               {kPlotLeft, top, static_cast<double>(kPlotWidth) - kPlotRight, top + kPanelHeight},
               panel, names);
    top += each;
  }
  return canvas;
}

}  // namespace faltung
