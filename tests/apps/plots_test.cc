// Plots: that what is drawn stands where the numbers say.
#include "apps/faltung/plots/plots.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "apps/faltung/plots/color_map.h"
#include "apps/faltung/plots/layout.h"
#include "engine/design/designs.h"

namespace faltung {
namespace {

constexpr double kRate = 8000;

Array<double> tone(double hz, Index frames) {
  Array<double> sound({1, frames});
  for (Index n = 0; n < frames; ++n) {
    sound[n] = 0.9 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(n) / kRate);
  }
  return sound;
}

double brightness(Color color) { return color.red + color.green + color.blue; }

bool is_bluish(Color color) { return color.blue > color.red + 40; }

}  // namespace

TEST_CASE("plots: a waveform is drawn where there is sound, and not in silence") {
  Array<double> sound = tone(500, 16000);
  std::fill(sound.begin() + 8000, sound.end(), 0.0);
  const Canvas canvas = waveform(sound, kRate, "half");
  const Index middle = static_cast<Index>(kPlotTop) + 130;
  Index loud = 0;
  Index quiet = 0;
  const Index left = static_cast<Index>(kPlotLeft);
  const Index right = kPlotWidth - static_cast<Index>(kPlotRight);
  for (Index x = left; x < right; ++x) {
    const bool drawn = is_bluish(canvas.at(x, middle - 60));  // 0.46 above the middle
    (x < (left + right) / 2 ? loud : quiet) += drawn;
  }
  CHECK(loud > (right - left) / 2 - 10);
  CHECK(quiet == 0);
}

TEST_CASE("plots: a spectrogram is brightest at the tone's frequency") {
  // A second tone near half the rate keeps the whole range in the picture.
  Array<double> sound = tone(1000, 16000);
  const Array<double> other = tone(3900, 16000);
  for (Index n = 0; n < sound.size(); ++n) sound[n] += 0.1 * other[n];
  const Canvas canvas = spectrogram(sound, kRate, "tone");
  const Index x = 600;
  Index brightest = 0;
  for (Index y = static_cast<Index>(kPlotTop); y < static_cast<Index>(kPlotTop) + 440; ++y) {
    if (brightness(canvas.at(x, y)) > brightness(canvas.at(x, brightest)) ||
        brightest < static_cast<Index>(kPlotTop)) {
      brightest = y;
    }
  }
  const double share = 1 - (static_cast<double>(brightest) - kPlotTop) / 440;
  CHECK(share * kRate / 2 == doctest::Approx(1000).epsilon(0.03));
}

TEST_CASE("plots: silence and single frames can be drawn") {
  CHECK(waveform(Array<double>({2, 1}), 0, "one").width() == kPlotWidth);
  CHECK(waveform(Array<double>({1, 100000}), kRate, "none").width() == kPlotWidth);
  CHECK(spectrogram(Array<double>({2, 1}), 0, "one").width() == kPlotWidth);
  Kernel zero;
  zero.values = Array<double>({5});
  CHECK(kernel_plot(zero).width() == kPlotWidth);
  zero.values = Array<double>({3, 3});
  CHECK(kernel_plot(zero).height() > 400);
}

TEST_CASE("plots: the response of a low-pass lies at the top below its cutoff and falls above") {
  const Kernel kernel =
      make_design("lowpass", {{"cutoff_hz", 1000.0}, {"taps", 255.0}}, kRate, 1);
  const Canvas canvas = kernel_plot(kernel);
  const auto curve_at = [&](double hz) {  // its highest pixel
    const double lowest = kRate / 2400;
    const double share = std::log(hz / lowest) / std::log(kRate / 2 / lowest);
    const auto x = static_cast<Index>(kPlotLeft + share * (kPlotWidth - kPlotLeft - kPlotRight));
    Index y = static_cast<Index>(kPlotTop) + 1;
    while (y < 430 && !is_bluish(canvas.at(x, y))) ++y;
    return y;
  };
  const Index pass = curve_at(100);
  CHECK(pass < 120);
  CHECK(curve_at(900) == pass);
  CHECK(curve_at(1200) > pass + 150);
}

TEST_CASE("plots: kernel maps colour by sign and size") {
  const Canvas canvas = kernel_plot(make_design("sobel-x", {}, 0, 2));
  const Index third = 400 / 3;
  const auto cell = [&](Index r, Index c) { return canvas.at(60 + c * third, 144 + r * third); };
  CHECK(cell(1, 0) == signed_color(1));
  CHECK(cell(0, 0) == signed_color(0.5));
  CHECK(cell(1, 1) == signed_color(0));
  CHECK(cell(1, 2) == signed_color(-1));
}

TEST_CASE("plots: a picture clips beyond white, and shows what is no number as black") {
  Array<double> image({1, 1, 4});
  image[0] = -5;
  image[1] = 127.5;
  image[2] = 1000;
  image[3] = std::nan("");
  const Canvas canvas = picture(image, 255);
  CHECK(canvas.at(0, 0) == Color{0, 0, 0});
  CHECK(canvas.at(1, 0) == Color{128, 128, 128});
  CHECK(canvas.at(2, 0) == kWhite);
  CHECK(canvas.at(3, 0) == Color{0, 0, 0});
}

TEST_CASE("plots: before and after stand side by side, reduced by averaging, enlarged by steps") {
  Canvas checks(1120, 560);
  for (Index y = 0; y < 560; ++y) {
    for (Index x = 0; x < 1120; ++x) {
      if ((x + y) % 2 == 0) checks.set(x, y, {0, 0, 0});
    }
  }
  const Canvas canvas = before_after(checks, "before", Canvas(7, 7, {200, 0, 0}), "after", "both");
  CHECK(canvas.at(30 + 280, 64 + 140) == Color{128, 128, 128});
  CHECK(canvas.at(30 + 560 + 30 + 280, 64 + 280) == Color{200, 0, 0});
  CHECK(canvas.width() == 30 + 560 + 30 + 560 + 30);
}

TEST_CASE("plots: brightness rises evenly from dark to light") {
  for (int i = 1; i <= 20; ++i) {
    const auto luminance = [](Color c) { return 0.2 * c.red + 0.7 * c.green + 0.1 * c.blue; };
    CHECK(luminance(brightness_color(i / 20.0)) > luminance(brightness_color((i - 1) / 20.0)));
  }
}

}  // namespace faltung
