// A picture in memory, and anti-aliased lines, areas and text on it.
//
// Pixels are 8-bit RGB, row by row from the top. Coordinates are in pixels; pixel (x, y) covers
// [x, x + 1) × [y, y + 1), so that its middle is at + 0.5. What lies outside is not drawn.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/nd/shape.h"

namespace faltung {

struct Color {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  friend bool operator==(const Color&, const Color&) = default;
};

struct Point {
  double x = 0;
  double y = 0;
};

struct Box {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
  double width() const noexcept { return right - left; }
  double height() const noexcept { return bottom - top; }
  Point middle() const noexcept { return {(left + right) / 2, (top + bottom) / 2}; }
};

inline constexpr Color kWhite{255, 255, 255};
inline constexpr Color kInk{34, 40, 49};        // text
inline constexpr Color kFaintInk{110, 117, 128};  // secondary text
inline constexpr Color kGrid{225, 228, 233};
inline constexpr Color kFrame{150, 156, 166};

// Colours that people with any kind of colour vision tell apart (Okabe & Ito 2008).
inline constexpr Color kCurves[] = {
    {0, 114, 178}, {213, 94, 0}, {0, 158, 115}, {204, 121, 167}, {230, 159, 0}, {86, 180, 233}};

class Canvas {
 public:
  Canvas(Index width, Index height, Color background = kWhite);

  Index width() const noexcept { return width_; }
  Index height() const noexcept { return height_; }
  Color at(Index x, Index y) const noexcept { return pixels_[index(x, y)]; }
  void set(Index x, Index y, Color color) noexcept { pixels_[index(x, y)] = color; }

  // `coverage` 0 … 1 of the pixel takes the colour.
  void blend(Index x, Index y, Color color, double coverage) noexcept;

  void fill(const Box& box, Color color, double opacity = 1);
  void outline(const Box& box, Color color, double thickness = 1);  // inside the box

  // One stroke through the points, evenly thick, with round ends and joints.
  void stroke(std::span<const Point> points, Color color, double thickness);
  void line(Point from, Point to, Color color, double thickness = 1);

  void paste(const Canvas& picture, Index left, Index top);

 private:
  std::size_t index(Index x, Index y) const noexcept {
    return static_cast<std::size_t>(y * width_ + x);
  }
  Index width_;
  Index height_;
  std::vector<Color> pixels_;
};

double distance_to_segment(Point p, Point a, Point b) noexcept;

Color mixed(Color a, Color b, double share_of_b) noexcept;

}  // namespace faltung
