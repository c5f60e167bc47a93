// The picture of a preview: two sides, their values' ranges, and how often values occur.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/faltung/plots/axes.h"
#include "apps/faltung/plots/layout.h"
#include "apps/faltung/plots/lettering.h"
#include "apps/faltung/preview.h"

namespace faltung {
namespace {

constexpr double kMargin = 30;
constexpr double kBetween = 40;
constexpr double kTop = 118;     // the title, and two lines about each side
constexpr double kBars = 110;    // the histogram's height
constexpr double kBarsGap = 34;  // above it
constexpr double kBottom = 84;   // below it: numbers, and how contrast was chosen
constexpr double kLeastSide = 560;
constexpr int kMostBars = 128;
constexpr double kLowPercent = 0.5, kHighPercent = 99.5;

// What is black and what is white.
struct Contrast {
  double low = 0, high = 1;
};

std::string print(const char* pattern, auto... values) {
  char text[200];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

Contrast contrast_of(const ValueHistogram& values) {
  return {values.percentile(kLowPercent), values.percentile(kHighPercent)};
}

// The count that fills the whole height. One bar may stick out: most images have a background.
double full_height(std::vector<double> bars) {
  std::sort(bars.rbegin(), bars.rend());
  const double second = bars.size() > 1 ? bars[1] : 0;
  return bars[0] > 1.5 * second && second > 0 ? 1.2 * second : bars[0];
}

void draw_bars(Canvas& canvas, const Box& area, const ValueHistogram& values, Contrast contrast) {
  const double high = contrast.high > contrast.low ? contrast.high : contrast.low + 1;
  const std::vector<double> bars = values.bars(contrast.low, high, kMostBars);
  const double full = full_height(bars);
  const double width = area.width() / static_cast<double>(bars.size());
  const auto edge = [&](std::size_t i) {
    return std::round(area.left + static_cast<double>(i) * width);
  };
  for (std::size_t i = 0; i < bars.size() && full > 0; ++i) {
    const double height = std::min(1.0, bars[i] / full) * area.height();
    canvas.fill({edge(i), area.bottom - height, edge(i + 1), area.bottom}, kCurves[0]);
  }
  canvas.outline({area.left - 1, area.top - 1, area.right + 1, area.bottom + 1}, kFrame);
  const Axis axis{contrast.low, high, ""};
  for (const Tick& tick : ticks(axis, 6)) {
    const double x = area.left + axis.share(tick.value) * area.width();
    if (!tick.label.empty()) canvas.line({x, area.bottom}, {x, area.bottom + 5}, kFrame);
    write_text(canvas, {x, area.bottom + 12}, tick.label,
               {.color = kFaintInk, .cell = 1.7, .align = Align::middle, .vertical = Align::start});
  }
}

void draw_side(Canvas& canvas, const Box& room, const PreviewSide& side, const std::string& name,
               Contrast contrast) {
  const ValueHistogram& values = side.values();
  std::string range = print("values %.5g to %.5g", values.least(), values.most());
  if (values.not_finite() > 0) {
    range += print(", %lld not finite", static_cast<long long>(values.not_finite()));
  }
  const auto line = [&](double y, const std::string& text, Color color, bool bold) {
    write_text(canvas, {room.left, y}, shortened(text, 1.9, room.width()),
               {.color = color, .cell = 1.9, .bold = bold});
  };
  line(68, name + ": " + side.text(), kInk, true);
  line(94, range + print("; black %.4g, white %.4g", contrast.low, contrast.high), kFaintInk, false);
  const Canvas picture = side.picture(contrast.low, contrast.high);
  const double spare = room.width() - static_cast<double>(picture.width());
  canvas.paste(picture, static_cast<Index>(room.left + spare / 2), static_cast<Index>(room.top));
  draw_bars(canvas, {room.left, room.bottom + kBarsGap, room.right, room.bottom + kBarsGap + kBars},
            values, contrast);
}

}  // namespace

Canvas Preview::picture(const std::string& title) const {
  Contrast before = contrast_of(before_.values());
  Contrast after = contrast_of(after_.values());
  after = {std::clamp(after.low, low_, high_), std::clamp(after.high, low_, high_)};
  const bool same = before_.stored() == after_.stored();
  if (same) {
    before = {std::min(before.low, after.low), std::max(before.high, after.high)};
    after = before;
  }
  const Canvas left = before_.picture(0, 1);
  const Canvas right = after_.picture(0, 1);
  const double side =
      std::max({static_cast<double>(left.width()), static_cast<double>(right.width()), kLeastSide});
  const auto height = static_cast<double>(std::max(left.height(), right.height()));
  const double bottom = kTop + height;
  Canvas canvas(static_cast<Index>(2 * kMargin + 2 * side + kBetween),
                static_cast<Index>(bottom + kBarsGap + kBars + kBottom));
  draw_title(canvas, kMargin, title);
  draw_side(canvas, {kMargin, kTop, kMargin + side, bottom}, before_, "before", before);
  const double second = kMargin + side + kBetween;
  draw_side(canvas, {second, kTop, second + side, bottom}, after_, "after", after);
  const std::string how = print(
      "Black to white: percentiles %.1f to %.1f, %s. Bars: how often values occur; one far above "
      "the others is cut off.",
      kLowPercent, kHighPercent, same ? "the wider of both for both" : "of each");
  write_text(canvas, {kMargin, bottom + kBarsGap + kBars + 56},
             shortened(how, 1.7, static_cast<double>(canvas.width()) - 2 * kMargin),
             {.color = kFaintInk, .cell = 1.7});
  return canvas;
}

}  // namespace faltung
