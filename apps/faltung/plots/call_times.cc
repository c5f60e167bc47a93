// The picture of `bench live`.
#include "apps/faltung/plots/call_times.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "apps/faltung/plots/axes.h"
#include "apps/faltung/plots/layout.h"
#include "apps/faltung/plots/lettering.h"

namespace faltung {
namespace {

constexpr double kPanelHeight = 250;
constexpr double kHeader = 58;        // above each panel: its title, and a line for each curve
constexpr double kBetween = 20;
constexpr double kMicro = 1e6;        // the axis is in microseconds
constexpr double kAir = 1.6;          // factor beside the shortest and the longest
constexpr double kLegendLine = 24;

double calls_in(const CallTimes& times) {
  return std::accumulate(times.histogram.begin(), times.histogram.end(), 0.0);
}

Axis time_axis(const std::vector<CallTimesPanel>& panels, double deadline_s) {
  double low = deadline_s, high = deadline_s;
  for (const CallTimesPanel& panel : panels) {
    for (const auto& curve : panel.curves) {
      const auto& bins = curve.times.histogram;
      const auto first = std::find_if(bins.begin(), bins.end(), [](double n) { return n > 0; });
      low = std::min(low, CallTimes::bin_begin(static_cast<int>(first - bins.begin())));
      high = std::max(high, curve.times.max_s);
    }
  }
  return {low / kAir * kMicro, high * kAir * kMicro, "time of a call (microseconds)",
          Axis::Scale::logarithmic};
}

Axis share_axis(const CallTimesPanel& panel) {
  double most_calls = 1;
  for (const auto& curve : panel.curves) most_calls = std::max(most_calls, calls_in(curve.times));
  return {50 / most_calls, 100, "share of the calls (%)", Axis::Scale::logarithmic};
}

// Steps over the bins; an empty bin lies on the floor.
void draw_steps(Canvas& canvas, const Axes& axes, const CallTimes& times, Color color) {
  const double calls = calls_in(times), floor = axes.area().bottom;
  std::vector<Point> outline;
  double last = floor;
  const auto flush = [&] {
    if (outline.size() > 1) canvas.stroke(outline, color, 2);
    outline.clear();
  };
  for (std::size_t bin = 0; bin < times.histogram.size(); ++bin) {
    const double count = times.histogram[bin];
    const double left = axes.x_of(CallTimes::bin_begin(static_cast<int>(bin)) * kMicro);
    const double right = axes.x_of(CallTimes::bin_begin(static_cast<int>(bin) + 1) * kMicro);
    const double top = count > 0 ? axes.y_of(100 * count / calls) : floor;
    if (count == 0 && last == floor) continue;
    outline.push_back({left, last});
    outline.push_back({left, top});
    if (count > 0) {
      canvas.fill({left, top, right, floor}, color, 0.22);
      outline.push_back({right, top});
    } else {
      flush();
    }
    last = top;
  }
  outline.push_back({outline.empty() ? 0 : outline.back().x, floor});
  flush();
}

std::string legend_text(const CallTimesPanel::Curve& curve) {
  char text[120];
  const CallTimes& times = curve.times;
  std::snprintf(text, sizeof text, "%s: mean %.3g, p99.9 %.3g (%.1f x), max %.3g us",
                curve.name.c_str(), times.mean_s * kMicro, times.p999_s * kMicro,
                times.p999_s / times.mean_s, times.max_s * kMicro);
  return text;
}

void draw_deadline(Canvas& canvas, const Axes& axes, double deadline_s) {
  const double x = axes.x_of(deadline_s * kMicro);
  canvas.line({x, axes.area().top}, {x, axes.area().bottom}, kFaintInk, 1.5);
  write_text(canvas, {x + 14, axes.area().middle().y}, "deadline: a block's time",
             {.color = kFaintInk, .cell = 1.7, .align = Align::middle, .upwards = true});
}

void draw_panel(Canvas& canvas, const Axes& axes, const CallTimesPanel& panel, double deadline_s,
                Labels labels) {
  axes.draw(canvas, Grid::on, labels);
  draw_deadline(canvas, axes, deadline_s);
  for (std::size_t i = 0; i < panel.curves.size(); ++i) {
    draw_steps(canvas, axes, panel.curves[i].times, kCurves[i]);
  }
  const Box& area = axes.area();
  const double last = area.top - kLegendLine / 2;
  write_text(canvas, {area.left, last}, panel.title, {.bold = true});
  for (std::size_t i = 0; i < panel.curves.size(); ++i) {
    const double below = static_cast<double>(panel.curves.size() - 1 - i);
    write_text(canvas, {area.right, last - kLegendLine * below}, legend_text(panel.curves[i]),
               {.color = kCurves[i], .cell = 1.9, .align = Align::end, .bold = true});
  }
}

}  // namespace

Canvas plot_call_times(const std::vector<CallTimesPanel>& panels, double deadline_s,
                       const std::string& title) {
  const auto count = static_cast<double>(panels.size());
  const double height = kPlotTop + count * (kHeader + kPanelHeight + kBetween) - kBetween;
  Canvas canvas(kPlotWidth, static_cast<Index>(height + kPlotBottom));
  draw_title(canvas, kPlotLeft, title);
  const Axis time = time_axis(panels, deadline_s);
  double top = kPlotTop + kHeader;
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const Axes axes({kPlotLeft, top, static_cast<double>(kPlotWidth) - kPlotRight,
                     top + kPanelHeight},
                    time, share_axis(panels[i]));
    draw_panel(canvas, axes, panels[i], deadline_s,
               i + 1 == panels.size() ? Labels::both : Labels::y_only);
    top += kPanelHeight + kBetween + kHeader;
  }
  return canvas;
}

}  // namespace faltung
