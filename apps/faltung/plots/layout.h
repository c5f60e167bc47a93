// Parts that several plots have: the title, and the bar that explains colours.
#pragma once

#include <string>

#include "apps/faltung/plots/axes.h"

namespace faltung {

inline constexpr Index kPlotWidth = 1200;
inline constexpr double kPlotLeft = 110;   // left of a plot's area: its numbers and axis title
inline constexpr double kPlotRight = 40;   // right of it
inline constexpr double kPlotTop = 64;     // above it: the title
inline constexpr double kPlotBottom = 74;  // below it

void draw_title(Canvas& canvas, double left, const std::string& title);

// A bar beside `area`, from values.low at the bottom to values.high; `color` takes 0 … 1.
// It needs kColorBarRoom pixels to the right of the area.
inline constexpr double kColorBarRoom = 110;
void draw_color_bar(Canvas& canvas, const Box& area, const Axis& values,
                    Color (*color)(double share));

// Seconds or milliseconds, as suits; frames where there is no rate.
struct TimeAxis {
  TimeAxis(Index frames, double rate_hz);
  double value(double frame) const { return frame * per_frame; }
  double per_frame;
  Axis axis;
};

}  // namespace faltung
