// Sound over time and frequency.
#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "apps/faltung/plots/color_map.h"
#include "apps/faltung/plots/layout.h"
#include "apps/faltung/plots/plots.h"
#include "engine/design/window.h"

namespace faltung {
namespace {

using Complex = std::complex<double>;

constexpr double kRangeDb = 90;        // below the loudest point
constexpr double kFaintDb = 25;        // above the darkest: what counts as something left
constexpr double kWindowSeconds = 0.03;  // resolves vowels in time and their partials in frequency
constexpr Index kSeriesWindow = 256;   // where there is no rate
constexpr double kLeastWindow = 64;
constexpr double kMostWindow = 16384;
constexpr Index kMostFrames = 4;       // averaged in one pixel column
constexpr double kHeight = 440;

// In place, bins in order: the textbook's radix 2. The engine's transforms keep their bins'
// order to themselves; for a picture this is fast enough.
void transform(std::vector<Complex>& x) {
  const std::size_t n = x.size();
  for (std::size_t i = 1, j = 0; i < n; ++i) {
    std::size_t bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(x[i], x[j]);
  }
  for (std::size_t half = 1; half < n; half *= 2) {
    const Complex step = std::polar(1.0, -std::numbers::pi / static_cast<double>(half));
    for (std::size_t first = 0; first < n; first += 2 * half) {
      Complex turn = 1;
      for (std::size_t i = first; i < first + half; ++i, turn *= step) {
        const Complex odd = x[i + half] * turn;
        x[i + half] = x[i] - odd;
        x[i] += odd;
      }
    }
  }
}

// Adds the power of one windowed frame around `middle` to `power`, [bins].
void add_power(const double* samples, Index frames, Index middle,
               const std::vector<double>& window, std::vector<Complex>& work, double* power) {
  const auto extent = static_cast<Index>(window.size());
  for (Index i = 0; i < extent; ++i) {
    const Index n = middle - extent / 2 + i;
    const auto k = static_cast<std::size_t>(i);
    work[k] = n >= 0 && n < frames ? samples[n] * window[k] : 0;
  }
  transform(work);
  for (std::size_t k = 0; k <= window.size() / 2; ++k) power[k] += std::norm(work[k]);
}

// dB relative to the loudest, [column, bin].
Array<double> analyse(const Array<double>& sound, Index columns, Index extent) {
  const Index frames = sound.extents()[1];
  const Index bins = extent / 2 + 1;
  Array<double> power({columns, bins});
  const auto window = make_window(Window::hann, extent, 0);
  std::vector<Complex> work(window.size());
  const Index repeats = std::clamp<Index>(frames / (columns * extent) + 1, 1, kMostFrames);
  for (Index c = 0; c < sound.extents()[0]; ++c) {
    for (Index column = 0; column < columns; ++column) {
      for (Index r = 0; r < repeats; ++r) {
        const Index middle = (2 * (column * repeats + r) + 1) * frames / (2 * columns * repeats);
        add_power(sound.data() + c * frames, frames, middle, window, work,
                  power.data() + column * bins);
      }
    }
  }
  const double loudest = *std::max_element(power.begin(), power.end());
  for (double& p : power) {
    p = loudest > 0 && p > 0 ? std::max(10 * std::log10(p / loudest), -2 * kRangeDb)
                             : -2 * kRangeDb;
  }
  return power;
}

// As a share of all bins: where the last one is that shows, and a little more.
double used_share(const Array<double>& db) {
  const Index bins = db.extents()[1];
  Index highest = 0;
  for (Index i = 0; i < db.size(); ++i) {
    if (db[i] > -kRangeDb + kFaintDb) highest = std::max(highest, i % bins);
  }
  return std::clamp(1.08 * static_cast<double>(highest) / static_cast<double>(bins - 1), 0.1, 1.0);
}

void draw_powers(Canvas& canvas, const Box& area, const Array<double>& db, double used) {
  const Index columns = db.extents()[0];
  const Index bins = db.extents()[1];
  const auto height = static_cast<Index>(area.height());
  for (Index column = 0; column < columns; ++column) {
    for (Index y = 0; y < height; ++y) {
      const double share = 1 - (static_cast<double>(y) + 0.5) / static_cast<double>(height);
      const double bin = share * used * static_cast<double>(bins - 1);
      const auto low = std::min(static_cast<Index>(bin), bins - 2);
      const double above = bin - static_cast<double>(low);
      const double level = (1 - above) * db({column, low}) + above * db({column, low + 1});
      canvas.set(static_cast<Index>(area.left) + column, static_cast<Index>(area.top) + y,
                 brightness_color(1 + level / kRangeDb));
    }
  }
}

}  // namespace

Canvas spectrogram(const Array<double>& sound, double rate_hz, const std::string& title) {
  const double wanted = rate_hz > 0 ? kWindowSeconds * rate_hz : kSeriesWindow;
  const auto samples = static_cast<std::size_t>(std::clamp(wanted, kLeastWindow, kMostWindow));
  const auto extent = static_cast<Index>(std::bit_ceil(samples));
  const Box area{kPlotLeft, kPlotTop, static_cast<double>(kPlotWidth) - kColorBarRoom,
                 kPlotTop + kHeight};
  const Array<double> db = analyse(sound, static_cast<Index>(area.width()), extent);
  const double used = used_share(db);

  Canvas canvas(kPlotWidth, static_cast<Index>(kPlotTop + kHeight + kPlotBottom));
  draw_title(canvas, kPlotLeft, title);
  const double top = used * (rate_hz > 0 ? rate_hz / 2 : 0.5);
  const bool kilo = top >= 2000;
  const Axis frequency{0, kilo ? top / 1000 : top,
                       rate_hz > 0 ? (kilo ? "frequency (kHz)" : "frequency (Hz)")
                                   : "frequency (cycles per frame)"};
  Axes(area, TimeAxis(sound.extents()[1], rate_hz).axis, frequency).draw(canvas, Grid::off);
  draw_powers(canvas, area, db, used);
  draw_color_bar(canvas, area, {-kRangeDb, 0, "dB"}, brightness_color);
  return canvas;
}

}  // namespace faltung
