// The canvas and what is written on it, pixel by pixel.
#include "apps/faltung/plots/canvas.h"

#include <doctest/doctest.h>

#include <cmath>

#include "apps/faltung/plots/axes.h"
#include "apps/faltung/plots/lettering.h"

namespace faltung {
namespace {

constexpr Color kBlack{0, 0, 0};

// Ink on a canvas, in pixels: 1 for a black one.
double ink(const Canvas& canvas) {
  double sum = 0;
  for (Index y = 0; y < canvas.height(); ++y) {
    for (Index x = 0; x < canvas.width(); ++x) sum += (255 - canvas.at(x, y).green) / 255.0;
  }
  return sum;
}

bool same(const Canvas& a, const Canvas& b) {
  for (Index y = 0; y < a.height(); ++y) {
    for (Index x = 0; x < a.width(); ++x) {
      if (!(a.at(x, y) == b.at(x, y))) return false;
    }
  }
  return a.width() == b.width() && a.height() == b.height();
}

// One letter as it lies on the grid of cells, four pixels each.
Canvas letter(std::string_view text) {
  Canvas canvas(40, 60);
  write_text(canvas, {4, 4}, text, {.color = kBlack, .cell = 4, .vertical = Align::start});
  return canvas;
}

std::vector<std::string> labels(const Axis& axis, int most) {
  std::vector<std::string> result;
  for (const Tick& tick : ticks(axis, most)) {
    if (!tick.label.empty()) result.push_back(tick.label);
  }
  return result;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("canvas: a box covers its pixels, and part of those it touches") {
  Canvas canvas(4, 3);
  canvas.fill({1, 1, 2.5, 2}, kBlack);
  CHECK(canvas.at(0, 1) == kWhite);
  CHECK(canvas.at(1, 1) == kBlack);
  CHECK(canvas.at(2, 1) == Color{128, 128, 128});
  CHECK(canvas.at(1, 0) == kWhite);
  CHECK(canvas.at(1, 2) == kWhite);
}

TEST_CASE("canvas: what lies outside is not drawn") {
  Canvas canvas(4, 3);
  canvas.fill({-10, -10, 0, 20}, kBlack);
  canvas.line({-5, -5}, {-5, 20}, kBlack, 3);
  canvas.paste(Canvas(2, 2, kBlack), 3, 2);
  CHECK(ink(canvas) == doctest::Approx(1));
  CHECK(canvas.at(3, 2) == kBlack);
}

TEST_CASE("canvas: a line's ink is its length times its thickness, at any angle") {
  for (const Point end : {Point{90, 20}, Point{90, 90}, Point{40, 95}}) {
    Canvas canvas(110, 110);
    canvas.line({20, 20}, end, kBlack, 4);
    const double length = std::hypot(end.x - 20, end.y - 20);
    CHECK(ink(canvas) == doctest::Approx(4 * length + 3.1416 * 4).epsilon(0.02));  // round ends
  }
}

TEST_CASE("canvas: a stroke is as dark where its parts meet as elsewhere") {
  Canvas whole(60, 10);
  Canvas parts(60, 10);
  whole.stroke(std::vector<Point>{{5, 5.3}, {55, 5.3}}, kBlack, 1.5);
  std::vector<Point> points;
  for (int x = 5; x <= 55; ++x) points.push_back({static_cast<double>(x), 5.3});
  parts.stroke(points, kBlack, 1.5);
  CHECK(same(whole, parts));
}

TEST_CASE("lettering: strokes run through the middles of a letter's cells") {
  const Canvas l = letter("L");  // down its first column, along its seventh row
  for (int cell = 0; cell < 7; ++cell) CHECK(l.at(6, 6 + 4 * cell) == kBlack);
  for (int cell = 0; cell < 5; ++cell) CHECK(l.at(6 + 4 * cell, 30) == kBlack);
  CHECK(l.at(14, 14) == kWhite);
}

TEST_CASE("lettering: every letter is drawn, and no two alike") {
  std::vector<Canvas> letters;
  for (char c = '!'; c <= '~'; ++c) letters.push_back(letter(std::string(1, c)));
  for (std::size_t i = 0; i < letters.size(); ++i) {
    CHECK(ink(letters[i]) > 3);
    for (std::size_t j = 0; j < i; ++j) {
      INFO(static_cast<char>('!' + i) << " and " << static_cast<char>('!' + j));
      CHECK_FALSE(same(letters[i], letters[j]));
    }
  }
  CHECK(ink(letter(" ")) == 0);
  CHECK(same(letter("\xC3\xA4"), letter("?")));  // one mark for one letter that it does not have
}

TEST_CASE("lettering: alignment moves a text by its width") {
  const double width = text_width("Faltung 0.5", 2);
  Canvas start(300, 40);
  Canvas end(300, 40);
  write_text(start, {20, 20}, "Faltung 0.5", {.align = Align::start});
  write_text(end, {20 + width, 20}, "Faltung 0.5", {.align = Align::end});
  CHECK(same(start, end));
  CHECK(ink(start) > 100);
}

TEST_CASE("lettering: a text too wide loses its middle") {
  const std::string text = "a-rather-long-name-of-a-file.wav";
  const std::string shorter = shortened(text, 2, 200);
  CHECK(text_width(shorter, 2) <= 200);
  CHECK(shorter.starts_with("a-rat"));
  CHECK(shorter.ends_with(".wav"));
  CHECK(shortened("short", 2, 200) == "short");
}

TEST_CASE("axes: linear ticks stand at round numbers") {
  CHECK(labels({0, 1, ""}, 5) == Words{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(labels({-130, 10, ""}, 8) == Words{"-120", "-100", "-80", "-60", "-40", "-20", "0"});
  CHECK(labels({0, 5.3, ""}, 6) == Words{"0", "1", "2", "3", "4", "5"});
  CHECK(labels({-0.5, 2.5, "", Axis::Scale::linear, 1}, 10) == Words{"0", "1", "2"});
}

TEST_CASE("axes: logarithmic ticks stand at 1, 2 and 5, or at decades where room is short") {
  const Axis axis{20, 24000, "", Axis::Scale::logarithmic};
  CHECK(labels(axis, 11) == Words{"20", "50", "100", "200", "500", "1k", "2k", "5k", "10k", "20k"});
  CHECK(labels(axis, 4) == Words{"100", "1k", "10k"});
  CHECK(axis.value_at(axis.share(440)) == doctest::Approx(440));
}

}  // namespace faltung
