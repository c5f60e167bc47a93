// Kernels of two and more axes: their values, and beside them their magnitude response.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/faltung/plots/color_map.h"
#include "apps/faltung/plots/layout.h"
#include "apps/faltung/plots/lettering.h"
#include "apps/faltung/plots/plots.h"
#include "engine/design/number_text.h"
#include "engine/design/response.h"

namespace faltung {
namespace {

constexpr double kSide = 400;      // pixels of either panel
constexpr double kBetween = 210;   // a colour bar, and the second panel's numbers
constexpr double kAbove = 124;     // the title and the panels' captions
constexpr double kCaption = 36;    // a caption's distance above its panel
constexpr Index kResponsePoints = 201;
constexpr double kRangeDb = 60;       // of the response, at most
constexpr double kLeastRangeDb = 6;
constexpr double kLetterings[] = {2.4, 2, 1.6};  // of numbers in cells: the first that fits
constexpr double kFilled = 0.85;                 // of a cell's width, at most
constexpr double kDark = 0.65;                   // from here on numbers are white

struct Plane {
  Array<double> values;
  std::string caption;
};

double absolute_sum(const double* values, Index count) {
  double sum = 0;
  for (Index i = 0; i < count; ++i) sum += std::abs(values[i]);
  return sum;
}

// Along the last two axes, where the kernel has most to show.
Plane fullest_plane(const Array<double>& values) {
  const Shape& extents = values.extents();
  const Shape shape = extents.from(extents.rank() - 2);
  const Index size = shape.product();
  const Index planes = values.size() / size;
  Index best = 0;
  double most = -1;
  for (Index p = 0; p < planes; ++p) {
    const double sum = absolute_sum(values.data() + p * size, size);
    if (sum > most * (1 + 1e-9)) best = p;
    most = std::max(most, sum);
  }
  Plane plane{Array<double>(shape), ""};
  std::copy_n(values.data() + best * size, size, plane.values.data());
  if (planes > 1) {
    plane.caption = ", plane " + std::to_string(best + 1) + " of " + std::to_string(planes);
  }
  return plane;
}

double largest(const Array<double>& values) {
  double result = 0;
  for (const double value : values) result = std::max(result, std::abs(value));
  return result;
}

std::string short_value(double value) {
  char text[16];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

// The lettering with which every number fits into its cell; 0: there is none.
double number_lettering(const Array<double>& plane, double cell) {
  for (const double size : kLetterings) {
    if (std::all_of(plane.begin(), plane.end(), [&](double value) {
          return text_width(short_value(value), size) <= kFilled * cell;
        })) {
      return size;
    }
  }
  return 0;
}

void draw_cells(Canvas& canvas, const Box& room, const Array<double>& plane, double peak) {
  const Index rows = plane.extents()[0];
  const Index cols = plane.extents()[1];
  const double cell = std::min(room.width() / static_cast<double>(cols),
                               room.height() / static_cast<double>(rows));
  const double left = room.middle().x - cell * static_cast<double>(cols) / 2;
  const double top = room.middle().y - cell * static_cast<double>(rows) / 2;
  const double lettering = number_lettering(plane, cell);
  for (Index r = 0; r < rows; ++r) {
    for (Index c = 0; c < cols; ++c) {
      const double x = left + cell * static_cast<double>(c);
      const double y = top + cell * static_cast<double>(r);
      const double value = plane({r, c});
      const double share = peak > 0 ? value / peak : 0;
      canvas.fill({x, y, x + cell, y + cell}, signed_color(share));
      if (lettering == 0) continue;
      canvas.outline({x, y, x + cell, y + cell}, kGrid, 0.5);
      write_text(canvas, {x + cell / 2, y + cell / 2}, short_value(value),
                 {.color = std::abs(share) > kDark ? kWhite : kInk, .cell = lettering,
                  .align = Align::middle});
    }
  }
  canvas.outline({left - 1, top - 1, left + cell * static_cast<double>(cols) + 1,
                  top + cell * static_cast<double>(rows) + 1}, kFrame);
}

Axis cycles(const std::string& title) { return {-0.5, 0.5, title}; }

void draw_response(Canvas& canvas, const Box& area, const Array<double>& plane) {
  std::vector<double> frequencies;
  for (Index i = 0; i < kResponsePoints; ++i) {
    frequencies.push_back(static_cast<double>(i) / (kResponsePoints - 1) - 0.5);
  }
  const Array<double> db = magnitude_db_2d(plane, frequencies);
  const auto [least, most] = std::minmax_element(db.begin(), db.end());
  const double top = *most;
  const double range = std::clamp(top - *least, kLeastRangeDb, kRangeDb);
  const double scale = (kResponsePoints - 1) / area.width();
  Axes(area, cycles("cycles per column"), cycles("cycles per row")).draw(canvas, Grid::off);
  for (Index y = 0; y < static_cast<Index>(area.height()); ++y) {
    for (Index x = 0; x < static_cast<Index>(area.width()); ++x) {
      const auto v = std::lround((static_cast<double>(y) + 0.5) * scale);
      const auto u = std::lround((static_cast<double>(x) + 0.5) * scale);
      canvas.set(static_cast<Index>(area.left) + x, static_cast<Index>(area.top) + y,
                 brightness_color(1 + (db({kResponsePoints - 1 - v, u}) - top) / range));
    }
  }
  draw_color_bar(canvas, area, {top - range, top, "dB"}, brightness_color);
}

Color signed_share(double share) { return signed_color(2 * share - 1); }
Color positive_share(double share) { return signed_color(share); }

void caption(Canvas& canvas, const Box& area, const std::string& text) {
  write_text(canvas, {area.left, area.top - kCaption}, text, {.color = kFaintInk});
}

}  // namespace

Canvas kernel_map(const Kernel& kernel, const std::string& title) {
  const Plane plane = fullest_plane(kernel.values);
  const double peak = largest(plane.values);
  const Box values{kPlotRight, kAbove, kPlotRight + kSide, kAbove + kSide};
  const Box response{values.right + kBetween, kAbove, values.right + kBetween + kSide,
                     kAbove + kSide};
  Canvas canvas(static_cast<Index>(response.right + kColorBarRoom),
                static_cast<Index>(kAbove + kSide + kPlotBottom));
  draw_title(canvas, kPlotRight, title);
  caption(canvas, values, "values" + plane.caption);
  caption(canvas, response, "magnitude response" + plane.caption);
  draw_cells(canvas, values, plane.values, peak);
  const double bound = peak > 0 ? peak : 1;
  const bool negative = *std::min_element(plane.values.begin(), plane.values.end()) < 0;
  draw_color_bar(canvas, values, {negative ? -bound : 0, bound, ""},
                 negative ? signed_share : positive_share);
  draw_response(canvas, response, plane.values);
  return canvas;
}

std::string kernel_text(const Kernel& kernel) {
  const Shape& extents = kernel.values.extents();
  const std::string size = extents.rank() == 1 ? std::to_string(extents[0]) : extents.text();
  return kernel.name + ", " + size + (size == "1" ? " tap" : " taps") +
         (kernel.rate_hz > 0 ? " at " + number_text(kernel.rate_hz) + " Hz" : "");
}

Canvas kernel_plot(const Kernel& kernel) {
  return kernel.values.rank() == 1 || kernel.rate_hz > 0
             ? response_plot(kernel, kernel_text(kernel))
             : kernel_map(kernel, kernel_text(kernel));
}

}  // namespace faltung
