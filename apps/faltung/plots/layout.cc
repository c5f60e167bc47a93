// Parts that several plots have: the title, and the bar that explains colours.
#include "apps/faltung/plots/layout.h"

#include <algorithm>

#include "apps/faltung/plots/lettering.h"

namespace faltung {
namespace {

constexpr double kTitleCell = 2.4;
constexpr double kTitleLine = 32;  // its middle, from the top
constexpr double kBarGap = 18;
constexpr double kBarWidth = 18;
constexpr double kLabelPitch = 42;
constexpr double kShortSeconds = 0.5;  // below that in milliseconds

}  // namespace

void draw_title(Canvas& canvas, double left, const std::string& title) {
  const double room = static_cast<double>(canvas.width()) - 2 * left;
  write_text(canvas, {left, kTitleLine}, shortened(title, kTitleCell, std::max(room, 200.0)),
             {.cell = kTitleCell, .bold = true});
}

void draw_color_bar(Canvas& canvas, const Box& area, const Axis& values,
                    Color (*color)(double share)) {
  const double left = area.right + kBarGap;
  const double right = left + kBarWidth;
  for (double y = area.top; y < area.bottom; ++y) {
    canvas.fill({left, y, right, std::min(y + 1, area.bottom)},
                color((area.bottom - y - 0.5) / area.height()));
  }
  canvas.outline({left - 1, area.top - 1, right + 1, area.bottom + 1}, kFrame);
  const Axes axes(area, Axis{}, values);
  for (const Tick& tick : ticks(values, static_cast<int>(area.height() / kLabelPitch))) {
    const double y = axes.y_of(tick.value);
    canvas.fill({right + 1, y - 0.5, right + 6, y + 0.5}, kFrame);
    write_text(canvas, {right + 10, y}, tick.label);
  }
  write_text(canvas, {left + kBarWidth / 2, area.top - 16}, values.title,
             {.color = kFaintInk, .align = Align::middle});
}

TimeAxis::TimeAxis(Index frames, double rate_hz) {
  const double seconds = rate_hz > 0 ? static_cast<double>(frames) / rate_hz : 0;
  const bool milliseconds = seconds < kShortSeconds;
  per_frame = rate_hz > 0 ? (milliseconds ? 1000 : 1) / rate_hz : 1;
  axis.low = 0;
  axis.high = std::max(per_frame * static_cast<double>(frames), 1e-9);
  axis.title = rate_hz > 0 ? (milliseconds ? "time (ms)" : "time (s)") : "frame";
  axis.least_step = rate_hz > 0 ? 0 : 1;
}

}  // namespace faltung
