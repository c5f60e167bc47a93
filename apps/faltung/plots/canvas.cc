// A picture in memory, and anti-aliased lines, areas and text on it.
#include "apps/faltung/plots/canvas.h"

#include <algorithm>
#include <cmath>

namespace faltung {
namespace {

std::uint8_t mixed(std::uint8_t a, std::uint8_t b, double share) noexcept {
  return static_cast<std::uint8_t>(std::lround(a + (b - a) * share));
}

// How much of [cell, cell + 1) lies in [low, high).
double overlap(Index cell, double low, double high) noexcept {
  const double c = static_cast<double>(cell);
  return std::clamp(std::min(c + 1, high) - std::max(c, low), 0.0, 1.0);
}

// The pixels of one axis that [low, high) touches, within [0, extent).
struct Reach {
  Reach(double low, double high, Index extent)
      : first(static_cast<Index>(std::clamp(std::floor(low), 0.0, static_cast<double>(extent)))),
        last(static_cast<Index>(std::clamp(std::ceil(high), 0.0, static_cast<double>(extent)))) {}
  Index first;
  Index last;  // exclusive
};

Box bounds(std::span<const Point> points, double margin) {
  Box box{points[0].x, points[0].y, points[0].x, points[0].y};
  for (const Point& p : points) {
    box = {std::min(box.left, p.x), std::min(box.top, p.y), std::max(box.right, p.x),
           std::max(box.bottom, p.y)};
  }
  return {box.left - margin, box.top - margin, box.right + margin, box.bottom + margin};
}

}  // namespace

Color mixed(Color a, Color b, double share) noexcept {
  return {mixed(a.red, b.red, share), mixed(a.green, b.green, share),
          mixed(a.blue, b.blue, share)};
}

double distance_to_segment(Point p, Point a, Point b) noexcept {
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double length2 = dx * dx + dy * dy;
  const double along =
      length2 > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length2, 0.0, 1.0) : 0;
  return std::hypot(p.x - a.x - along * dx, p.y - a.y - along * dy);
}

Canvas::Canvas(Index width, Index height, Color background)
    : width_(width), height_(height),
      pixels_(static_cast<std::size_t>(checked_product({width, height})), background) {}

void Canvas::blend(Index x, Index y, Color color, double coverage) noexcept {
  if (x < 0 || y < 0 || x >= width_ || y >= height_ || coverage <= 0) return;
  Color& pixel = pixels_[index(x, y)];
  pixel = faltung::mixed(pixel, color, std::min(coverage, 1.0));
}

void Canvas::fill(const Box& box, Color color, double opacity) {
  const Reach across(box.left, box.right, width_);
  const Reach down(box.top, box.bottom, height_);
  for (Index y = down.first; y < down.last; ++y) {
    const double covered = opacity * overlap(y, box.top, box.bottom);
    for (Index x = across.first; x < across.last; ++x) {
      blend(x, y, color, covered * overlap(x, box.left, box.right));
    }
  }
}

void Canvas::outline(const Box& box, Color color, double thickness) {
  fill({box.left, box.top, box.right, box.top + thickness}, color);
  fill({box.left, box.bottom - thickness, box.right, box.bottom}, color);
  fill({box.left, box.top + thickness, box.left + thickness, box.bottom - thickness}, color);
  fill({box.right - thickness, box.top + thickness, box.right, box.bottom - thickness}, color);
}

void Canvas::stroke(std::span<const Point> points, Color color, double thickness) {
  if (points.empty()) return;
  const double radius = thickness / 2;
  const Box box = bounds(points, radius + 1);
  const Reach across(box.left, box.right, width_);
  const Reach down(box.top, box.bottom, height_);
  // Segments meet in a mask first: blended one by one, their joints would come out darker.
  const Index mask_width = across.last - across.first;
  std::vector<float> mask(
      static_cast<std::size_t>(std::max<Index>(0, mask_width * (down.last - down.first))));
  for (std::size_t i = points.size() > 1 ? 1 : 0; i < points.size(); ++i) {
    const Point ends[] = {points[i == 0 ? 0 : i - 1], points[i]};
    const Box near = bounds(ends, radius + 1);
    const Reach columns(near.left, near.right, width_);
    const Reach rows(near.top, near.bottom, height_);
    for (Index y = rows.first; y < rows.last; ++y) {
      for (Index x = columns.first; x < columns.last; ++x) {
        const Point middle{static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5};
        const double far = distance_to_segment(middle, ends[0], ends[1]);
        float& covered = mask[static_cast<std::size_t>((y - down.first) * mask_width +
                                                       (x - across.first))];
        covered = std::max(covered, static_cast<float>(std::clamp(radius + 0.5 - far, 0.0, 1.0)));
      }
    }
  }
  const float* covered = mask.data();
  for (Index y = down.first; y < down.last; ++y) {
    for (Index x = across.first; x < across.last; ++x) {
      blend(x, y, color, static_cast<double>(*covered++));
    }
  }
}

void Canvas::line(Point from, Point to, Color color, double thickness) {
  const Point ends[] = {from, to};
  stroke(ends, color, thickness);
}

void Canvas::paste(const Canvas& picture, Index left, Index top) {
  for (Index y = 0; y < picture.height(); ++y) {
    for (Index x = 0; x < picture.width(); ++x) blend(left + x, top + y, picture.at(x, y), 1);
  }
}

}  // namespace faltung
