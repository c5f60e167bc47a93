// Windowed-sinc filters: low-, high-, band-pass and band-stop with linear phase.
#include "engine/design/fir.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

#include "engine/design/number_text.h"

namespace faltung {
namespace {

using Type = FirOptions::Type;

struct TypeRow {
  const char* name;
  bool has_band;       // two edges
  bool passes_zero;    // DC
  bool passes_nyquist;
};

// In the order of FirOptions::Type.
constexpr std::array<TypeRow, 4> kTypes = {{{"lowpass", false, true, false},
                                            {"highpass", false, false, true},
                                            {"bandpass", true, false, false},
                                            {"bandstop", true, true, true}}};

const TypeRow& row(Type type) { return kTypes[static_cast<std::size_t>(type)]; }

constexpr double kLeastGain = 1e-9;  // before scaling, where a filter has nearly all of it

[[noreturn]] void refuse(const std::string& why) { throw Error(Code::configuration, why); }

void check_edge(const std::string& type, const char* which, double hz, double rate_hz) {
  if (hz > 0 && hz < rate_hz / 2) return;
  refuse(type + ": " + which + " of " + number_text(hz) + " Hz at a rate of " +
         number_text(rate_hz) + " Hz; it must lie above 0 and below half the rate, " +
         number_text(rate_hz / 2) + " Hz");
}

void check(const FirOptions& o) {
  const TypeRow& type = row(o.type);
  const std::string name = type.name;
  if (!(o.rate_hz > 0)) {
    refuse(name + ": its frequencies are in Hz, but the signal has no rate; give one (`rate:` in a "
                  "pipeline, --rate on the command line)");
  }
  check_edge(name, type.has_band ? "low_hz" : "cutoff_hz", o.low_hz, o.rate_hz);
  if (type.has_band) check_edge(name, "high_hz", o.high_hz, o.rate_hz);
  if (type.has_band && o.low_hz >= o.high_hz) {
    refuse(name + ": low_hz of " + number_text(o.low_hz) + " must be below high_hz of " +
           number_text(o.high_hz));
  }
  if (o.taps < 1) refuse(name + ": " + std::to_string(o.taps) + " taps; at least 1 is needed");
  if (type.passes_nyquist && o.taps % 2 == 0) {
    refuse(name + ": " + std::to_string(o.taps) +
           " taps; an even number has no gain at half the rate, which a " + name +
           " must pass: take " + std::to_string(o.taps + 1));
  }
}

// sin(πx) / (πx)
double sinc(double x) noexcept {
  const double phase = std::numbers::pi * x;
  return x == 0 ? 1 : std::sin(phase) / phase;
}

// The ideal pass band [left, right] (of half the rate) at `m` frames from the middle.
double ideal(double left, double right, double m) noexcept {
  return right * sinc(right * m) - left * sinc(left * m);
}

}  // namespace

Kernel make_fir(const FirOptions& options) {
  check(options);
  const TypeRow& type = row(options.type);
  const double low = options.low_hz / (options.rate_hz / 2);
  const double high = options.high_hz / (options.rate_hz / 2);
  const double middle = 0.5 * static_cast<double>(options.taps - 1);
  // Where the gain is made 1, as a fraction of half the rate.
  const double reference = type.passes_zero ? 0 : type.passes_nyquist ? 1 : 0.5 * (low + high);

  Kernel kernel;
  kernel.name = type.name;
  kernel.rate_hz = options.rate_hz;
  kernel.values = Array<double>({options.taps});
  const auto window = make_window(options.window, options.taps, options.attenuation_db);
  double gain = 0;
  for (Index n = 0; n < options.taps; ++n) {
    const double m = static_cast<double>(n) - middle;
    double tap = 0;
    switch (options.type) {
      case Type::lowpass: tap = ideal(0, low, m); break;
      case Type::highpass: tap = ideal(low, 1, m); break;
      case Type::bandpass: tap = ideal(low, high, m); break;
      case Type::bandstop: tap = ideal(0, low, m) + ideal(high, 1, m); break;
    }
    kernel.values[n] = tap * window[static_cast<std::size_t>(n)];
    gain += kernel.values[n] * std::cos(std::numbers::pi * m * reference);
  }
  if (!(std::abs(gain) > kLeastGain)) {
    refuse(kernel.name + ": " + std::to_string(options.taps) + " taps are too few for a " +
           faltung::name(options.window) + " window, which is 0 at both ends");
  }
  for (double& tap : kernel.values) tap /= gain;
  return kernel;
}

Index estimate_taps(double transition_hz, double rate_hz, double attenuation_db) {
  const double width = 2 * std::numbers::pi * transition_hz / rate_hz;  // radians per frame
  const double order = (attenuation_db - 7.95) / (2.285 * width);
  return 2 * static_cast<Index>(std::ceil(std::max(order, 0.0) / 2)) + 1;
}

}  // namespace faltung
