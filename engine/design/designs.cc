// The table of named designs: lowpass, gaussian, sobel-x, …
#include "engine/design/designs.h"

#include "engine/design/design_arguments.h"
#include "engine/design/fir.h"
#include "engine/design/kernels.h"
#include "engine/design/number_text.h"

namespace faltung {
namespace {

using Kind = ParameterSpec::Kind;
using Type = FirOptions::Type;

constexpr int kAnyRank = 6;        // spatial axes: kMaxRank without item and channel
constexpr double kMaxTaps = 1 << 24;  // 6 minutes at 48 kHz: more is a slip
constexpr double kMaxHz = 1e9;
constexpr double kMaxSigma = 1e6;

// How much of the room beside a filter's edge the transition takes where nothing else is asked.
constexpr double kDefaultTransition = 0.25;

// --- Filters ------------------------------------------------------------------------------------

// The narrowest band that the transition has to fit into.
double room_beside(const FirOptions& fir, bool band) {
  double room = std::min(fir.low_hz, fir.rate_hz / 2 - (band ? fir.high_hz : fir.low_hz));
  return band ? std::min(room, fir.high_hz - fir.low_hz) : room;
}

Index taps_for(const DesignArguments& a, const FirOptions& fir) {
  const double room = room_beside(fir, a.has("low_hz"));
  const double width =
      a.given("transition_hz") ? a.number("transition_hz") : kDefaultTransition * room;
  // Edges that leave no room are refused by make_fir, whatever the taps.
  if (!(fir.rate_hz > 0 && width > 0)) return 1;
  const double db = stop_band_db(fir.window, fir.attenuation_db);
  const Index taps = estimate_taps(width, fir.rate_hz, db);
  if (static_cast<double>(taps) > kMaxTaps) {
    a.refuse("a transition of " + number_text(width) + " Hz at a rate of " +
             number_text(fir.rate_hz) + " Hz takes " + std::to_string(taps) +
             " taps; at most " + number_text(kMaxTaps) + " are allowed");
  }
  return taps;
}

void check_fir(const DesignArguments& a) {
  if (a.given("taps") && a.given("transition_hz")) {
    a.refuse("taps and transition_hz both say how long it is: give only one");
  }
  if (a.given("attenuation_db") && a.word("window") != name(Window::kaiser)) {
    a.refuse("attenuation_db is for the kaiser window; the window '" + a.word("window") +
             "' has its own");
  }
}

template <Type type>
Kernel make_filter(const DesignArguments& a) {
  check_fir(a);
  const bool band = a.has("low_hz");
  FirOptions fir;
  fir.type = type;
  fir.rate_hz = a.rate_hz();
  fir.low_hz = a.number(band ? "low_hz" : "cutoff_hz");
  fir.high_hz = band ? a.number("high_hz") : 0;
  fir.window = *window_from_name(a.word("window"));
  fir.attenuation_db = a.number("attenuation_db");
  fir.taps = a.given("taps") ? a.count("taps") : taps_for(a, fir);
  return make_fir(fir);
}

ParameterSpec hertz(const std::string& name, const std::string& summary, bool required) {
  return {name, Kind::number, "Hz", "", required, 0, kMaxHz, summary, ""};
}

std::vector<ParameterSpec> with_shape(std::vector<ParameterSpec> edges) {
  edges.push_back({"taps", Kind::count, "", "", false, 1, kMaxTaps,
                   "its length; by default as the transition needs", ""});
  edges.push_back(hertz("transition_hz", "from pass to stop band; by default a quarter of the room "
                                         "beside the edge", false));
  edges.push_back({"window", Kind::word, "", "kaiser", false, 0, 0, "the taper", window_names()});
  edges.push_back({"attenuation_db", Kind::number, "dB", "80", false, 8, 250,
                   "how far down the stop band lies; the kaiser window only", ""});
  return edges;
}

std::vector<ParameterSpec> one_edge() {
  return with_shape({hertz("cutoff_hz", "where the gain is one half", true)});
}

std::vector<ParameterSpec> two_edges() {
  return with_shape({hertz("low_hz", "the band's lower edge, where the gain is one half", true),
                     hertz("high_hz", "the band's upper edge", true)});
}

// --- Images and volumes -------------------------------------------------------------------------

enum Axis { kX = 1, kY = 2, kZ = 3 };  // counted from the last

template <Axis axis, Smoothing smoothing>
Kernel make_derivative(const DesignArguments& a) {
  return derivative(a.rank(), a.rank() - axis, smoothing);
}

Kernel make_gaussian(const DesignArguments& a) {
  return gaussian(a.number_per_axis("sigma"), a.number("truncate"));
}

Kernel make_box(const DesignArguments& a) { return box(a.count_per_axis("size")); }

Kernel make_laplace(const DesignArguments& a) { return laplace(a.rank()); }

Kernel make_sharpen(const DesignArguments& a) { return sharpen(a.rank(), a.number("amount")); }

Kernel make_unsharp(const DesignArguments& a) {
  return unsharp(a.number_per_axis("sigma"), a.number("amount"), a.number("truncate"));
}

Kernel make_delta(const DesignArguments& a) {
  const Index size = a.count("size");
  if (size % 2 == 0) a.refuse("size of " + std::to_string(size) + "; an odd one has a middle");
  return delta(a.rank(), size);
}

ParameterSpec sigma(const std::string& default_value) {
  return {"sigma", Kind::number_per_axis, "samples", default_value, default_value.empty(),
          0, kMaxSigma, "its standard deviation, one number or one for each axis", ""};
}

ParameterSpec amount() {
  return {"amount", Kind::number, "", "1", false, 0, 1000, "how much is added", ""};
}

ParameterSpec truncate() {
  return {"truncate", Kind::number, "sigmas", "4", false, 0, 100, "where it is cut", ""};
}

std::vector<ParameterSpec> box_parameters() {
  return {{"size", Kind::count_per_axis, "samples", "", true, 1, kMaxTaps,
           "its extent, one number or one for each axis", ""}};
}

std::vector<ParameterSpec> delta_parameters() {
  return {{"size", Kind::count, "samples", "1", false, 1, kMaxTaps, "its extent, odd", ""}};
}

}  // namespace

const std::vector<Design>& designs() {
  constexpr Smoothing kSobel = Smoothing::sobel;
  constexpr Smoothing kPrewitt = Smoothing::prewitt;
  static const std::vector<Design> kDesigns = {
      {"lowpass", "passes what lies below cutoff_hz", 1, 1, 1, one_edge(),
       make_filter<Type::lowpass>},
      {"highpass", "passes what lies above cutoff_hz", 1, 1, 1, one_edge(),
       make_filter<Type::highpass>},
      {"bandpass", "passes what lies between low_hz and high_hz", 1, 1, 1, two_edges(),
       make_filter<Type::bandpass>},
      {"bandstop", "stops what lies between low_hz and high_hz", 1, 1, 1, two_edges(),
       make_filter<Type::bandstop>},
      {"gaussian", "blurs", 2, 1, kAnyRank, {sigma(""), truncate()}, make_gaussian},
      {"box", "mean of the neighbourhood", 2, 1, kAnyRank, box_parameters(), make_box},
      {"sobel-x", "derivative along columns, smoothed by 1 2 1 across", 2, 1, kAnyRank, {},
       make_derivative<kX, kSobel>},
      {"sobel-y", "derivative along rows", 2, 2, kAnyRank, {}, make_derivative<kY, kSobel>},
      {"sobel-z", "derivative along slices", 3, 3, kAnyRank, {}, make_derivative<kZ, kSobel>},
      {"prewitt-x", "derivative along columns, smoothed by 1 1 1 across", 2, 1, kAnyRank, {},
       make_derivative<kX, kPrewitt>},
      {"prewitt-y", "derivative along rows", 2, 2, kAnyRank, {}, make_derivative<kY, kPrewitt>},
      {"prewitt-z", "derivative along slices", 3, 3, kAnyRank, {}, make_derivative<kZ, kPrewitt>},
      {"laplace", "sum of second differences: edges and points", 2, 1, kAnyRank, {}, make_laplace},
      {"sharpen", "adds what laplace finds", 2, 1, kAnyRank, {amount()}, make_sharpen},
      {"unsharp", "adds what a gaussian takes away", 2, 1, kAnyRank,
       {sigma("1"), amount(), truncate()}, make_unsharp},
      {"delta", "changes nothing", 2, 1, kAnyRank, delta_parameters(), make_delta},
  };
  return kDesigns;
}

}  // namespace faltung
