// Text on a canvas, in an alphabet of strokes built into the program.
#include "apps/faltung/plots/lettering.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

namespace faltung {
namespace {

constexpr int kColumns = 5;
constexpr int kRows = 9;
constexpr int kCapital = 7;   // rows above the base line
constexpr int kInBand = 16;   // letters side by side below
constexpr int kPitch = 6;     // columns from one to the next
constexpr double kGap = 2;    // cells between the middles of two letters' nearest strokes
constexpr double kSpace = 2;  // columns
constexpr char kFirst = ' ';
constexpr char kLast = '~';

// The alphabet, from the space to the tilde.
constexpr const char* kAlphabet[] = {
  "        #    # #   # #    #   ##     ##     #      #   #                                      #",
  "        #    # #   # #   #### ##  # #  #    #     #     #     #     #                         #",
  "        #         ##### # #      #  #  #         #       #  # # #   #                        # ",
  "        #          # #   ###    #    ##          #       #   ###  #####        ###          #  ",
  "        #         #####   # #  #    #  ##        #       #  # # #   #                      #   ",
  "                   # #  ####  #  ## #  #          #     #     #     #     #               #    ",
  "        #          # #    #      ##  ## #          #   #                  #           #   #    ",
  "                                                                         #                     ",
  "                                                                                               ",
  " ###    #    ###   ###     #  #####  ###  #####  ###   ###                                 ### ",
  "#   #  ##   #   # #   #   ##  #     #         # #   # #   #                #         #    #   #",
  "#   # # #       #     #  # #  ####  #        #  #   # #   #   #     #     #   #####   #       #",
  "#   #   #      #    ##  #  #      # ####     #   ###   ####              #             #     # ",
  "#   #   #     #       # #####     # #   #   #   #   #     #               #   #####   #     #  ",
  "#   #   #    #    #   #    #  #   # #   #   #   #   #     #   #     #      #         #         ",
  " ###  ##### #####  ###     #   ###   ###    #    ###   ###          #                       #  ",
  "                                                                   #                           ",
  "                                                                                               ",
  " ###    #   ####   ###  ####  ##### #####  ###  #   #  ###    ### #   # #     #   # #   #   #  ",
  "#   #  # #  #   # #   # #   # #     #     #   # #   #   #      #  #  #  #     ## ## ##  #  # # ",
  "# ###  # #  #   # #     #   # #     #     #     #   #   #      #  # #   #     # # # # # # #   #",
  "# # # #   # ####  #     #   # ####  ####  #  ## #####   #      #  ##    #     # # # # # # #   #",
  "# ### ##### #   # #     #   # #     #     #   # #   #   #      #  # #   #     #   # # # # #   #",
  "#     #   # #   # #   # #   # #     #     #   # #   #   #   #  #  #  #  #     #   # #  ##  # # ",
  " #### #   # ####   ###  ####  ##### #      ###  #   #  ###   ##   #   # ##### #   # #   #   #  ",
  "                                                                                               ",
  "                                                                                               ",
  "####   ###  ####   #### ##### #   # #   # #   # #   # #   # #####  ###  #      ###    #        ",
  "#   # #   # #   # #       #   #   # #   # #   # #   # #   #     #  #    #        #   # #       ",
  "#   # #   # #   # #       #   #   # #   # #   #  # #   # #     #   #     #       #  #   #      ",
  "####  #   # ####   ###    #   #   #  # #  # # #   #     #     #    #      #      #             ",
  "#     # # # # #       #   #   #   #  # #  # # #  # #    #    #     #       #     #             ",
  "#     #  #  #  #      #   #   #   #  # #  ## ## #   #   #   #      #        #    #             ",
  "#      ## # #   # ####    #    ###    #   #   # #   #   #   #####  ###      #  ###             ",
  "                                                                                          #####",
  "                                                                                               ",
  " #          #               #         ##        #       #      #   #     ##                    ",
  "  #         #               #        #          #                  #      #                    ",
  "       ###  ####   ###   ####  ###  ####   #### ####   ##     ##   #  #   #   ####  ####   ### ",
  "          # #   # #   # #   # #   #  #    #   # #   #   #      #   # #    #   # # # #   # #   #",
  "       #### #   # #     #   # #####  #    #   # #   #   #      #   ##     #   # # # #   # #   #",
  "      #   # #   # #   # #   # #      #    #   # #   #   #      #   # #    #   # # # #   # #   #",
  "       #### ####   ###   ####  ###   #     #### #   #  ###     #   #  #  ###  # # # #   #  ### ",
  "                                              #                #                               ",
  "                                           ###               ##                                ",
  "                         #                                           #    #    #               ",
  "                         #                                          #     #     #              ",
  "####   ####  # ##  #### ####  #   # #   # #   # #   # #   # #####   #     #     #    #  #      ",
  "#   # #   #  ##   #      #    #   # #   # # # #  # #  #   #    #   #      #      #  # # #      ",
  "#   # #   #  #     ###   #    #   #  # #  # # #   #   #   #   #     #     #     #   #  #       ",
  "#   # #   #  #        #  #    #   #  # #  # # #  # #  #   #  #      #     #     #              ",
  "####   ####  #    ####    ##   ####   #    # #  #   #  #### #####    #    #    #               ",
  "#         #                                               #                                    ",
  "#         #                                            ###                                     ",
};

// What is drawn of one letter: strokes between the middles of its cells.
struct Glyph {
  double width = 0;  // from the middle of its first used column to that of its last
  std::vector<std::array<Point, 2>> strokes;
};

bool is_set(int letter, int row, int column) {
  if (row < 0 || row >= kRows || column < 0 || column >= kColumns) return false;
  return kAlphabet[letter / kInBand * kRows + row][letter % kInBand * kPitch + column] == '#';
}

// Neighbours across a corner are joined only where no cell between them joins them already.
void add_strokes(int letter, int row, int column, double left, Glyph& glyph) {
  const Point here{column - left, static_cast<double>(row)};
  bool alone = true;
  for (int down = -1; down <= 1; ++down) {
    for (int across = -1; across <= 1; ++across) {
      if ((down == 0 && across == 0) || !is_set(letter, row + down, column + across)) continue;
      alone = false;
      const bool diagonal = down != 0 && across != 0;
      const bool joined =
          is_set(letter, row + down, column) || is_set(letter, row, column + across);
      if (diagonal && joined) continue;
      if (down > 0 || (down == 0 && across > 0)) {
        glyph.strokes.push_back({here, {here.x + across, here.y + down}});
      }
    }
  }
  if (alone) glyph.strokes.push_back({here, here});
}

Glyph make_glyph(int letter) {
  int first = kColumns;
  int last = -1;
  for (int row = 0; row < kRows; ++row) {
    for (int column = 0; column < kColumns; ++column) {
      if (!is_set(letter, row, column)) continue;
      first = std::min(first, column);
      last = std::max(last, column);
    }
  }
  Glyph glyph;
  glyph.width = last < 0 ? kSpace : last - first;
  for (int row = 0; row < kRows; ++row) {
    for (int column = 0; column < kColumns; ++column) {
      if (is_set(letter, row, column)) add_strokes(letter, row, column, first, glyph);
    }
  }
  return glyph;
}

const Glyph& glyph_of(char letter) {
  static const std::vector<Glyph> kGlyphs = [] {
    std::vector<Glyph> glyphs;
    for (int i = 0; i <= kLast - kFirst; ++i) glyphs.push_back(make_glyph(i));
    return glyphs;
  }();
  return kGlyphs[static_cast<std::size_t>(letter - kFirst)];
}

// One printable letter for each code point.
std::string printable(std::string_view text) {
  std::string result;
  for (const char byte : text) {
    if ((static_cast<unsigned char>(byte) & 0xC0) == 0x80) continue;  // a code point goes on
    result += byte >= kFirst && byte <= kLast ? byte : '?';
  }
  return result;
}

double cells_wide(const std::string& letters) {
  double width = 0;
  for (const char letter : letters) width += glyph_of(letter).width + kGap;
  return letters.empty() ? 0 : width - kGap + 1;  // half a stroke at either end
}

double share(Align align) { return align == Align::start ? 0 : align == Align::middle ? 0.5 : 1; }

}  // namespace

double text_width(std::string_view text, double cell) {
  return cells_wide(printable(text)) * cell;
}

std::string shortened(const std::string& text, double cell, double pixels) {
  if (text_width(text, cell) <= pixels) return text;
  const std::string letters = printable(text);
  for (std::size_t kept = letters.size() - 1; kept > 1; --kept) {
    const std::size_t head = kept / 2;
    const std::string candidate =
        letters.substr(0, head) + "..." + letters.substr(letters.size() - (kept - head));
    if (text_width(candidate, cell) <= pixels) return candidate;
  }
  return "...";
}

void write_text(Canvas& canvas, Point at, std::string_view text, const Lettering& lettering) {
  const std::string letters = printable(text);
  const double cell = lettering.cell;
  // Of the first letter's upper left cell, before turning.
  double x = (0.5 - share(lettering.align) * cells_wide(letters)) * cell;
  const double y = (0.5 - share(lettering.vertical) * kCapital) * cell;
  const double thickness = cell * (lettering.bold ? 1.25 : 0.85);
  const auto turned = [&](double along, double down) {
    return lettering.upwards ? Point{at.x + down, at.y - along} : Point{at.x + along, at.y + down};
  };
  for (const char letter : letters) {
    const Glyph& glyph = glyph_of(letter);
    for (const auto& [from, to] : glyph.strokes) {
      canvas.line(turned(x + from.x * cell, y + from.y * cell),
                  turned(x + to.x * cell, y + to.y * cell), lettering.color, thickness);
    }
    x += (glyph.width + kGap) * cell;
  }
}

}  // namespace faltung
