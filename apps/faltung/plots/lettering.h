// Text on a canvas, in an alphabet of strokes built into the program.
//
// Letters are drawn on a grid of 5 × 9 cells (7 above the base line) and stroked through the
// middles of their cells, so that they are smooth at any size. ASCII only: anything else shows
// as '?'.
#pragma once

#include <string_view>

#include "apps/faltung/plots/canvas.h"

namespace faltung {

enum class Align { start, middle, end };

struct Lettering {
  Color color = kInk;
  double cell = 2;                // pixels; a capital is 7 cells high
  Align align = Align::start;     // along the text
  Align vertical = Align::middle; // of a capital's height: start hangs below the point
  bool upwards = false;           // turned by 90 degrees, reading from below
  bool bold = false;
};

void write_text(Canvas& canvas, Point at, std::string_view text, const Lettering& lettering = {});

// Pixels along the text; its capitals are 7 · cell high.
double text_width(std::string_view text, double cell);

// With its middle taken out where it is wider than `pixels`.
std::string shortened(const std::string& text, double cell, double pixels);

}  // namespace faltung
