// Responses: magnitude over logarithmic frequency, and below it the taps.
#include <algorithm>
#include <cmath>
#include <vector>

#include "apps/faltung/plots/layout.h"
#include "apps/faltung/plots/lettering.h"
#include "apps/faltung/plots/plots.h"
#include "engine/design/response.h"

namespace faltung {
namespace {

constexpr double kMagnitudeHeight = 360;
constexpr double kTapsHeight = 200;
constexpr double kBetween = 96;         // the first plot's axis title, and air
constexpr double kRangeDb = 130;        // shown below the largest
constexpr double kHeadroomDb = 3;       // at least, above the largest
constexpr double kDecades = 2400;       // from the lowest frequency to the rate: 20 Hz at 48 kHz
constexpr double kWork = 1 << 27;       // multiply-adds for one curve: about half a second
constexpr Index kMostChannels = 6;      // as many as there are colours
constexpr Index kFewTaps = 90;          // drawn as stems
constexpr Index kManyTaps = 2;          // a pixel: drawn as ranges

struct Channels {
  Index count;
  Index taps;
  const double* data;
  std::span<const double> of(Index c) const {
    return {data + c * taps, static_cast<std::size_t>(taps)};
  }
};

Channels channels_of(const Kernel& kernel) {
  const Index taps = kernel.values.extents().back();
  return {std::min(kernel.values.size() / taps, kMostChannels), taps, kernel.values.data()};
}

// What a curve does within one pixel column.
struct Range {
  double low;
  double high;
};

// Several frequencies for each pixel column, so that narrow lobes do not fall between them.
std::vector<Range> magnitudes(std::span<const double> taps, const Axis& frequency, double rate,
                              Index columns) {
  const double affordable =
      kWork / (static_cast<double>(taps.size()) * static_cast<double>(columns));
  const auto each = static_cast<Index>(std::clamp(affordable, 1.0, 12.0));
  std::vector<double> points;
  for (Index i = 0; i <= columns * each; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(columns * each);
    points.push_back(std::min(0.5, frequency.value_at(share) / rate));
  }
  const auto db = magnitude_db(taps, points);
  std::vector<Range> result;
  for (Index column = 0; column < columns; ++column) {
    const auto [low, high] = std::minmax_element(db.begin() + column * each,
                                                 db.begin() + (column + 1) * each + 1);
    result.push_back({*low, *high});
  }
  return result;
}

Axis decibel_axis(const std::vector<std::vector<Range>>& curves) {
  double high = kSilenceDb;
  double low = -kSilenceDb;
  for (const auto& curve : curves) {
    for (const Range& range : curve) {
      high = std::max(high, range.high);
      low = std::min(low, range.low);
    }
  }
  const double top = 10 * std::floor((high + kHeadroomDb) / 10) + 10;
  const double bottom = std::max(10 * std::floor(low / 10), top - kRangeDb);
  return {std::min(bottom, top - 20), top, "magnitude (dB)"};
}

void draw_curve(Canvas& canvas, const Axes& axes, const std::vector<Range>& curve, Color color) {
  const Box& area = axes.area();
  std::vector<Point> crest;
  for (std::size_t column = 0; column < curve.size(); ++column) {
    const double x = area.left + static_cast<double>(column);
    const double top = std::min(axes.y_of(curve[column].high), area.bottom);
    const double bottom = std::min(axes.y_of(curve[column].low), area.bottom);
    canvas.fill({x, top, x + 1, bottom}, color, 0.25);
    crest.push_back({x + 0.5, top});
  }
  // A curve that has left the plot below comes back where it rises again.
  std::vector<Point> part;
  for (const Point& point : crest) {
    part.push_back(point);
    if (point.y < area.bottom) continue;
    canvas.stroke(part, color, 2);
    part = {point};
  }
  canvas.stroke(part, color, 2);
}

void draw_stems(Canvas& canvas, const Axes& axes, std::span<const double> taps,
                const TimeAxis& time, Color color) {
  const double zero = axes.y_of(0);
  for (std::size_t n = 0; n < taps.size(); ++n) {
    const Point tip{axes.x_of(time.value(static_cast<double>(n))), axes.y_of(taps[n])};
    canvas.line({tip.x, zero}, tip, mixed(color, kWhite, 0.45), 1.5);
    canvas.line(tip, tip, color, 7);
  }
}

void draw_taps(Canvas& canvas, const Axes& axes, std::span<const double> taps,
               const TimeAxis& time, Color color) {
  canvas.line({axes.area().left, axes.y_of(0)}, {axes.area().right, axes.y_of(0)}, kFrame);
  const auto count = static_cast<Index>(taps.size());
  const auto columns = static_cast<Index>(axes.area().width());
  if (count <= kFewTaps) return draw_stems(canvas, axes, taps, time, color);
  std::vector<Point> points;
  if (count <= kManyTaps * columns) {
    for (Index n = 0; n < count; ++n) {
      points.push_back({axes.x_of(time.value(static_cast<double>(n))),
                        axes.y_of(taps[static_cast<std::size_t>(n)])});
    }
  } else {
    for (Index column = 0; column < columns; ++column) {
      const auto first = taps.begin() + column * count / columns;
      const auto [low, high] =
          std::minmax_element(first, taps.begin() + (column + 1) * count / columns);
      const double x = axes.area().left + static_cast<double>(column) + 0.5;
      points.push_back({x, axes.y_of(*high)});
      points.push_back({x, axes.y_of(*low)});
    }
  }
  canvas.stroke(points, color, 1.6);
}

Axis tap_axis(const Kernel& kernel) {
  const auto [low, high] = std::minmax_element(kernel.values.begin(), kernel.values.end());
  const double bottom = std::min(0.0, *low);
  const double top = std::max(0.0, *high);
  const double air = std::max(0.08 * (top - bottom), 1e-300);
  return {bottom < 0 ? bottom - air : 0, top > 0 ? top + air : 0, "value"};
}

// Half a tap of air at either end.
Axis time_axis(const TimeAxis& time, Index taps) {
  Axis axis = time.axis;
  axis.low = time.value(-0.5);
  axis.high = time.value(static_cast<double>(taps) - 0.5);
  if (axis.title == "frame") axis.title = "tap";
  return axis;
}

Axis frequency_axis(const Kernel& kernel, Index taps) {
  const double rate = kernel.rate_hz > 0 ? kernel.rate_hz : 1;
  const double lowest = std::min(rate / kDecades, 2 * rate / static_cast<double>(taps));
  return {lowest, rate / 2,
          kernel.rate_hz > 0 ? "frequency (Hz)" : "frequency (cycles per sample)",
          Axis::Scale::logarithmic};
}

}  // namespace

Canvas response_plot(const Kernel& kernel, const std::string& title) {
  const Channels channels = channels_of(kernel);
  const double right = static_cast<double>(kPlotWidth) - kPlotRight;
  const Box above{kPlotLeft, kPlotTop, right, kPlotTop + kMagnitudeHeight};
  const Box below{kPlotLeft, above.bottom + kBetween, right,
                  above.bottom + kBetween + kTapsHeight};
  Canvas canvas(kPlotWidth, static_cast<Index>(below.bottom + kPlotBottom));
  draw_title(canvas, kPlotLeft, title);

  const Axis frequency = frequency_axis(kernel, channels.taps);
  std::vector<std::vector<Range>> curves;
  for (Index c = 0; c < channels.count; ++c) {
    curves.push_back(magnitudes(channels.of(c), frequency, kernel.rate_hz > 0 ? kernel.rate_hz : 1,
                                static_cast<Index>(above.width())));
  }
  const Axes magnitude(above, frequency, decibel_axis(curves));
  const TimeAxis time(channels.taps, kernel.rate_hz);
  const Axes impulse(below, time_axis(time, channels.taps), tap_axis(kernel));
  magnitude.draw(canvas);
  impulse.draw(canvas);
  for (Index c = 0; c < channels.count; ++c) {
    const Color color = kCurves[c];
    draw_curve(canvas, magnitude, curves[static_cast<std::size_t>(c)], color);
    draw_taps(canvas, impulse, channels.of(c), time, color);
    if (channels.count == 1) continue;
    write_text(canvas, {above.right - 12, above.top + 12 + 22 * static_cast<double>(c)},
               "channel " + std::to_string(c + 1),
               {.color = color, .align = Align::end, .vertical = Align::start, .bold = true});
  }
  return canvas;
}

}  // namespace faltung
