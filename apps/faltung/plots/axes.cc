// Axes of a plot: which values stand where, ticks at round numbers, grid and labels.
#include "apps/faltung/plots/axes.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/faltung/plots/lettering.h"

namespace faltung {
namespace {

constexpr double kTick = 6;            // pixels outside
constexpr double kLabelGap = 9;        // from the frame to a number
constexpr double kTitleGap = 44;       // from the frame to the middle of the x axis' title
constexpr double kTitleGapSide = 76;   // the same for the y axis
constexpr double kLabelPitchX = 95;    // pixels a number needs along its axis
constexpr double kLabelPitchY = 42;
constexpr Color kMinorGrid{240, 242, 245};

std::string decimal(double value, double step) {
  const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, std::abs(value) < step / 1e6 ? 0 : value);
  return text;
}

// 20, 500, 2k, 1M
std::string short_number(double value) {
  char text[32];
  const double unit = value >= 1e6 ? 1e6 : value >= 1e3 ? 1e3 : 1;
  std::snprintf(text, sizeof text, "%.6g%s", value / unit,
                unit == 1e6 ? "M" : unit == 1e3 ? "k" : "");
  return text;
}

std::vector<Tick> linear_ticks(const Axis& axis, int most) {
  const double range = axis.high - axis.low;
  if (!(range > 0)) return {};
  const double least = std::max(range / std::max(1, most), axis.least_step);
  const double power = std::pow(10, std::floor(std::log10(least)));
  double step = 10 * power;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * power >= least * (1 - 1e-9)) step = factor * power;
  }
  std::vector<Tick> result;
  const double slack = 1e-9 * range;
  for (double i = std::ceil((axis.low - slack) / step); i * step <= axis.high + slack; ++i) {
    result.push_back({i * step, decimal(i * step, step)});
  }
  return result;
}

std::vector<Tick> logarithmic_ticks(const Axis& axis, int most) {
  const double decades = std::log10(axis.high / axis.low);
  const bool all = 3 * decades <= most;  // 1, 2, 5 of each decade; else 1 alone
  std::vector<Tick> result;
  for (double power = std::pow(10, std::floor(std::log10(axis.low))); power <= axis.high;
       power *= 10) {
    for (int digit = 1; digit <= 9; ++digit) {
      const double value = digit * power;
      if (value < axis.low * (1 - 1e-9) || value > axis.high * (1 + 1e-9)) continue;
      const bool labelled = digit == 1 || (all && (digit == 2 || digit == 5));
      result.push_back({value, labelled ? short_number(value) : ""});
    }
  }
  return result;
}

double crisp(double position) { return std::floor(position) + 0.5; }  // a line on one pixel

}  // namespace

double Axis::share(double value) const {
  if (scale == Scale::linear) return (value - low) / (high - low);
  return std::log(value / low) / std::log(high / low);
}

double Axis::value_at(double share) const {
  return scale == Scale::linear ? low + share * (high - low) : low * std::pow(high / low, share);
}

std::vector<Tick> ticks(const Axis& axis, int most) {
  return axis.scale == Axis::Scale::linear ? linear_ticks(axis, most)
                                           : logarithmic_ticks(axis, most);
}

void Axes::draw_x(Canvas& canvas, Grid grid, Labels labels) const {
  for (const Tick& tick : ticks(x_, static_cast<int>(area_.width() / kLabelPitchX))) {
    const double x = crisp(std::min(x_of(tick.value), area_.right - 1));
    const bool major = !tick.label.empty();
    if (grid == Grid::on) {
      canvas.fill({x - 0.5, area_.top, x + 0.5, area_.bottom}, major ? kGrid : kMinorGrid);
    }
    if (!major || labels == Labels::y_only) continue;
    canvas.fill({x - 0.5, area_.bottom, x + 0.5, area_.bottom + kTick}, kFrame);
    write_text(canvas, {x, area_.bottom + kLabelGap}, tick.label,
               {.align = Align::middle, .vertical = Align::start});
  }
  if (labels == Labels::y_only) return;
  write_text(canvas, {area_.middle().x, area_.bottom + kTitleGap}, x_.title,
             {.color = kFaintInk, .align = Align::middle});
}

void Axes::draw_y(Canvas& canvas, Grid grid) const {
  for (const Tick& tick : ticks(y_, static_cast<int>(area_.height() / kLabelPitchY))) {
    const double y = crisp(std::min(y_of(tick.value), area_.bottom - 1));
    const bool major = !tick.label.empty();
    if (grid == Grid::on) {
      canvas.fill({area_.left, y - 0.5, area_.right, y + 0.5}, major ? kGrid : kMinorGrid);
    }
    if (!major) continue;
    canvas.fill({area_.left - kTick, y - 0.5, area_.left, y + 0.5}, kFrame);
    write_text(canvas, {area_.left - kLabelGap, y}, tick.label, {.align = Align::end});
  }
  write_text(canvas, {area_.left - kTitleGapSide, area_.middle().y}, y_.title,
             {.color = kFaintInk, .align = Align::middle, .upwards = true});
}

void Axes::draw(Canvas& canvas, Grid grid, Labels labels) const {
  draw_x(canvas, grid, labels);
  draw_y(canvas, grid);
  canvas.outline({area_.left - 1, area_.top - 1, area_.right + 1, area_.bottom + 1}, kFrame);
}

}  // namespace faltung
