// Images as pictures, and two of them side by side.
#include <algorithm>
#include <cmath>

#include "apps/faltung/plots/layout.h"
#include "apps/faltung/plots/lettering.h"
#include "apps/faltung/plots/plots.h"

namespace faltung {
namespace {

constexpr double kSide = 560;    // pixels that the longer side of either picture gets
constexpr double kMargin = 30;
constexpr double kBetween = 30;
constexpr double kTitle = 64;
constexpr double kCaption = 44;

std::uint8_t level(double value, double full_scale) {
  const double share = value > 0 ? std::min(value / full_scale, 1.0) : 0;  // not a number: black
  return static_cast<std::uint8_t>(std::lround(share * 255));
}

// Enlarged by whole steps, so that pixels stay what they are; reduced by averaging.
double scale_for(const Canvas& image) {
  const double scale = kSide / static_cast<double>(std::max(image.width(), image.height()));
  return scale > 1 ? std::floor(scale) : scale;
}

Canvas enlarged(const Canvas& image, Index factor) {
  Canvas result(image.width() * factor, image.height() * factor);
  for (Index y = 0; y < result.height(); ++y) {
    for (Index x = 0; x < result.width(); ++x) result.set(x, y, image.at(x / factor, y / factor));
  }
  return result;
}

// The mean of the pixels that fall into one.
Color mean(const Canvas& image, Index left, Index right, Index top, Index bottom) {
  double red = 0;
  double green = 0;
  double blue = 0;
  for (Index y = top; y < bottom; ++y) {
    for (Index x = left; x < right; ++x) {
      red += image.at(x, y).red;
      green += image.at(x, y).green;
      blue += image.at(x, y).blue;
    }
  }
  const auto pixels = static_cast<double>((right - left) * (bottom - top));
  return {level(red / pixels, 255), level(green / pixels, 255), level(blue / pixels, 255)};
}

Canvas reduced(const Canvas& image, double scale) {
  const auto fit = [scale](Index n) {
    return std::max<Index>(1, std::lround(static_cast<double>(n) * scale));
  };
  Canvas result(fit(image.width()), fit(image.height()));
  const Index w = result.width();
  const Index h = result.height();
  for (Index y = 0; y < h; ++y) {
    for (Index x = 0; x < w; ++x) {
      const Index left = x * image.width() / w;
      const Index top = y * image.height() / h;
      result.set(x, y, mean(image, left, std::max(left + 1, (x + 1) * image.width() / w), top,
                            std::max(top + 1, (y + 1) * image.height() / h)));
    }
  }
  return result;
}

Canvas scaled(const Canvas& image) {
  const double scale = scale_for(image);
  return scale >= 1 ? enlarged(image, static_cast<Index>(scale)) : reduced(image, scale);
}

void place(Canvas& canvas, const Canvas& image, double left, double slot,
           const std::string& caption) {
  const double x = left + std::floor((slot - static_cast<double>(image.width())) / 2);
  const auto width = static_cast<double>(image.width());
  const auto height = static_cast<double>(image.height());
  canvas.outline({x - 1, kTitle - 1, x + width + 1, kTitle + height + 1}, kFrame);
  canvas.paste(image, static_cast<Index>(x), static_cast<Index>(kTitle));
  write_text(canvas, {left + slot / 2, kTitle + height + kCaption / 2 + 4},
             shortened(caption, 2, slot), {.align = Align::middle});
}

}  // namespace

Canvas picture(const Array<double>& image, double full_scale) {
  const Index channels = image.extents()[0];
  const Index rows = image.extents()[1];
  const Index cols = image.extents()[2];
  const Index green = channels >= 3 ? 1 : 0;
  const Index blue = channels >= 3 ? 2 : 0;
  Canvas result(cols, rows);
  for (Index y = 0; y < rows; ++y) {
    for (Index x = 0; x < cols; ++x) {
      const auto of = [&](Index c) { return level(image({c, y, x}), full_scale); };
      result.set(x, y, {of(0), of(green), of(blue)});
    }
  }
  return result;
}

Canvas before_after(const Canvas& before, const std::string& before_caption, const Canvas& after,
                    const std::string& after_caption, const std::string& title) {
  const Canvas left = scaled(before);
  const Canvas right = scaled(after);
  const auto slot = static_cast<double>(std::max<Index>({left.width(), right.width(), 240}));
  const auto tallest = static_cast<double>(std::max(left.height(), right.height()));
  Canvas canvas(static_cast<Index>(2 * kMargin + 2 * slot + kBetween),
                static_cast<Index>(kTitle + tallest + kCaption + kMargin / 2));
  draw_title(canvas, kMargin, title);
  place(canvas, left, kMargin, slot, before_caption);
  place(canvas, right, kMargin + slot + kBetween, slot, after_caption);
  return canvas;
}

}  // namespace faltung
