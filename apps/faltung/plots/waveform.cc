// Sound over time: the range of the samples in every pixel column, and their root mean square.
#include <algorithm>
#include <cmath>
#include <vector>

#include "apps/faltung/plots/layout.h"
#include "apps/faltung/plots/lettering.h"
#include "apps/faltung/plots/plots.h"

namespace faltung {
namespace {

constexpr Index kMostChannels = 8;
constexpr double kPanelGap = 22;
constexpr double kOnePanel = 260;
constexpr double kManyPanels = 150;
constexpr Color kRange{122, 176, 216};
constexpr Color kRootMeanSquare{0, 84, 140};
constexpr double kFewFrames = 2;  // a pixel: below that a line through the samples

// A round number just above the largest sample.
double amplitude(const Array<double>& sound) {
  double peak = 0;
  for (const double sample : sound) peak = std::max(peak, std::abs(sample));
  if (!(peak > 0)) return 1;
  const double power = std::pow(10, std::floor(std::log10(peak)));
  for (const double factor : {1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0}) {
    if (peak <= factor * power) return factor * power;
  }
  return 10 * power;
}

void draw_line(Canvas& canvas, const Axes& axes, const double* samples, Index frames,
               const TimeAxis& time) {
  std::vector<Point> points;
  for (Index n = 0; n < frames; ++n) {
    points.push_back({axes.x_of(time.value(static_cast<double>(n))), axes.y_of(samples[n])});
  }
  canvas.stroke(points, kCurves[0], 2);
}

void draw_ranges(Canvas& canvas, const Axes& axes, const double* samples, Index frames) {
  const auto columns = static_cast<Index>(axes.area().width());
  for (Index column = 0; column < columns; ++column) {
    const Index first = column * frames / columns;
    const Index last = std::max(first + 1, (column + 1) * frames / columns);
    const auto [low, high] = std::minmax_element(samples + first, samples + last);
    double power = 0;
    for (Index n = first; n < last; ++n) power += samples[n] * samples[n];
    const double rms = std::sqrt(power / static_cast<double>(last - first));
    const double x = axes.area().left + static_cast<double>(column);
    const double y_high = axes.y_of(*high);
    canvas.fill({x, y_high, x + 1, std::max(y_high + 1, axes.y_of(*low))}, kRange);
    const double top = std::max(y_high, axes.y_of(rms));
    canvas.fill({x, top, x + 1, std::min(axes.y_of(*low), axes.y_of(-rms))}, kRootMeanSquare);
  }
}

std::string channel_name(Index channel, Index channels) {
  if (channels == 1) return "";
  if (channels == 2) return channel == 0 ? "left" : "right";
  return "channel " + std::to_string(channel + 1);
}

}  // namespace

Canvas waveform(const Array<double>& sound, double rate_hz, const std::string& title) {
  const Index channels = std::min(sound.extents()[0], kMostChannels);
  const Index frames = sound.extents()[1];
  const double panel = channels == 1 ? kOnePanel : kManyPanels;
  const double height = kPlotTop + static_cast<double>(channels) * (panel + kPanelGap) -
                        kPanelGap + kPlotBottom;
  Canvas canvas(kPlotWidth, static_cast<Index>(height));
  draw_title(canvas, kPlotLeft, title);
  const TimeAxis time(frames, rate_hz);
  const double peak = amplitude(sound);
  for (Index c = 0; c < channels; ++c) {
    const double top = kPlotTop + static_cast<double>(c) * (panel + kPanelGap);
    const Box area{kPlotLeft, top, static_cast<double>(kPlotWidth) - kPlotRight, top + panel};
    const Axes axes(area, time.axis, {-peak, peak, "amplitude"});
    const bool lowest = c == channels - 1;
    axes.draw(canvas, Grid::on, lowest ? Labels::both : Labels::y_only);
    const double* samples = sound.data() + c * frames;
    if (static_cast<double>(frames) < kFewFrames * area.width()) {
      draw_line(canvas, axes, samples, frames, time);
    } else {
      draw_ranges(canvas, axes, samples, frames);
    }
    write_text(canvas, {area.right - 10, area.top + 10}, channel_name(c, channels),
               {.color = kFaintInk, .align = Align::end, .vertical = Align::start});
  }
  return canvas;
}

}  // namespace faltung
