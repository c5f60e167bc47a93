// Recursive filters: equalisers, shelves, crossovers, as cascades of sections of second order.
#include "engine/design/biquad.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

#include "engine/design/number_text.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

// Nothing wider can be heard or told in float64; without it a bandwidth near half the rate gives 0.
constexpr double kLeastQ = 1e-9;

// The cookbook's analogue filters at 1 rad/s, with r = √a.
Section lowpass(double q, double) { return {0, 0, 1, 1 / q, 1}; }
Section highpass(double q, double) { return {1, 0, 0, 1 / q, 1}; }
Section bandpass(double q, double) { return {0, 1 / q, 0, 1 / q, 1}; }
Section bandpass_skirt(double q, double) { return {0, 1, 0, 1 / q, 1}; }
Section notch(double q, double) { return {1, 0, 1, 1 / q, 1}; }
Section allpass(double q, double) { return {1, -1 / q, 1, 1 / q, 1}; }
Section peaking(double q, double a) { return {1, a / q, 1, 1 / (a * q), 1}; }
Section lowshelf(double q, double a) {
  const double r = std::sqrt(a);
  return {1, r / q, a, 1 / (r * q), 1 / a};
}
Section highshelf(double q, double a) {
  const double r = std::sqrt(a);
  return {a * a, a * r / q, a, r / q, a};
}
Section lowpass1(double, double) { return {0, 0, 1, 0, 1}; }
Section highpass1(double, double) { return {0, 1, 0, 0, 1}; }
Section allpass1(double, double) { return {0, -1, 1, 0, 1}; }
Section lowshelf1(double, double a) { return {0, 1, a, 0, 1 / a}; }
Section highshelf1(double, double a) { return {0, a * a, a, 0, a}; }

// ω0 = K instead of 1.
Section scaled(Section s, double k) noexcept {
  s.n1 *= k;
  s.n0 *= k * k;
  s.d1 *= k;
  s.d0 *= k * k;
  return s;
}

// (n1·s + n0·K) / (s + d0·K), both multiplied by s + 1, which cancels at z = 0.
Section first_order(const Section& s, double k) noexcept {
  const double n0 = s.n0 * k, d0 = s.d0 * k;
  return {s.n1, s.n1 + n0, n0, 1 + d0, d0};
}

double largest_pole(const Section& s) noexcept {
  const std::complex<double> root = std::sqrt(std::complex<double>(s.d1 * s.d1 / 4 - s.d0));
  const auto radius = [&](std::complex<double> pole) {
    return std::abs((1.0 + pole) / (1.0 - pole));
  };
  return std::max(radius(-s.d1 / 2 + root), radius(-s.d1 / 2 - root));
}

// The cookbook's alpha is sin(ω0) / 2q.
double q_of(const FilterSettings& settings, double w0, double a) noexcept {
  switch (settings.kind) {
    case Width::bandwidth_oct:
      return std::max(
          kLeastQ, 0.5 / std::sinh(std::numbers::ln2 / 2 * settings.width * w0 / std::sin(w0)));
    case Width::slope:
      return 1 / std::sqrt((a + 1 / a) * (1 / settings.width - 1) + 2);
    case Width::q:
    case Width::none:
      break;
  }
  return settings.width;
}

}  // namespace

const std::vector<FilterType>& filter_types() {
  using W = Width;
  using F = Family;
  static const std::vector<FilterType> table = {
      {"lowpass", false, W::none, 2, lowpass},
      {"highpass", false, W::none, 2, highpass},
      {"bandpass", false, W::bandwidth_oct, 2, bandpass},
      {"bandpass-skirt", false, W::bandwidth_oct, 2, bandpass_skirt},
      {"notch", false, W::bandwidth_oct, 2, notch},
      {"allpass", false, W::bandwidth_oct, 2, allpass},
      {"peaking", true, W::bandwidth_oct, 2, peaking},
      {"lowshelf", true, W::slope, 2, lowshelf},
      {"highshelf", true, W::slope, 2, highshelf},
      {"lowpass1", false, W::none, 1, lowpass1},
      {"highpass1", false, W::none, 1, highpass1},
      {"allpass1", false, W::none, 1, allpass1},
      {"lowshelf1", true, W::none, 1, lowshelf1},
      {"highshelf1", true, W::none, 1, highshelf1},
      {"butterworth-lowpass", false, W::none, 0, nullptr, F::butterworth, false},
      {"butterworth-highpass", false, W::none, 0, nullptr, F::butterworth, true},
      {"linkwitz-riley-lowpass", false, W::none, 0, nullptr, F::linkwitz_riley, false},
      {"linkwitz-riley-highpass", false, W::none, 0, nullptr, F::linkwitz_riley, true},
      {"bessel-lowpass", false, W::none, 0, nullptr, F::bessel, false},
      {"bessel-highpass", false, W::none, 0, nullptr, F::bessel, true},
  };
  return table;
}

const FilterType* find_filter_type(const std::string& name) {
  for (const FilterType& type : filter_types()) {
    if (name == type.name) return &type;
  }
  return nullptr;
}

FilterDesign::FilterDesign(const FilterType& type, int order)
    : type_(&type), order_(type.order == 0 ? order : type.order) {
  if (type.order == 0) prototype_ = make_prototype(type.family, order);
}

void FilterDesign::make(const FilterSettings& settings, double rate_hz,
                        std::span<Section> to) const noexcept {
  const double w0 = 2 * std::numbers::pi * settings.frequency_hz / rate_hz;
  const double k = std::tan(w0 / 2);
  if (type_->order > 0) {
    const double a = std::pow(10.0, settings.gain_db / 40);
    const Section section = type_->make(q_of(settings, w0, a), a);
    to[0] = type_->order == 1 ? first_order(section, k) : scaled(section, k);
    return;
  }
  for (std::size_t i = 0; i < prototype_.size(); ++i) {
    // s -> 1/s turns a low-pass filter into a high-pass filter.
    const PrototypeSection& p = prototype_[i];
    const double at = k * (type_->highpass ? 1 / p.frequency : p.frequency);
    const double low = type_->highpass ? 0 : 1, high = 1 - low;
    to[i] = p.order == 1 ? first_order({0, high, low, 0, 1}, at)
                         : scaled({high, 0, low, 1 / p.q, 1}, at);
  }
}

Section section_of(const Biquad& b) {
  const double plus = 1 + b.a1 + b.a2, minus = 1 - b.a1 + b.a2;
  if (!(plus > 0 && minus > 0 && std::abs(b.a2) < 1)) {
    throw Error(Code::configuration,
                "unstable: 1 + " + number_text(b.a1) + "·z⁻¹ + " + number_text(b.a2) +
                    "·z⁻² has a pole on or outside the unit circle; allowed: |a2| < 1 and |a1| < "
                    "1 + a2, for a0 = 1");
  }
  return {(b.b0 - b.b1 + b.b2) / minus, 2 * (b.b0 - b.b2) / minus, (b.b0 + b.b1 + b.b2) / minus,
          2 * (1 - b.a2) / minus, plus / minus};
}

Biquad biquad_of(const Section& s) noexcept {
  const double a0 = 1 + s.d1 + s.d0;
  return {(s.n2 + s.n1 + s.n0) / a0, 2 * (s.n0 - s.n2) / a0, (s.n2 - s.n1 + s.n0) / a0,
          2 * (s.d0 - 1) / a0, (1 - s.d1 + s.d0) / a0};
}

double decay_frames(std::span<const Section> sections, double db) noexcept {
  double slowest = 0;
  for (const Section& section : sections) slowest = std::max(slowest, largest_pole(section));
  if (slowest >= 1) return std::numeric_limits<double>::infinity();  // too near 1 for float64
  return slowest <= 0 ? 0 : -db / 20 * std::numbers::ln10 / std::log(slowest);
}

}  // namespace faltung
