// CamillaDSP's Biquad and BiquadCombo -> settings of our biquad.
#include <cmath>
#include <numbers>

#include "apps/faltung/import/camilladsp_filter.h"
#include "apps/faltung/import/writer.h"

namespace faltung {
namespace {

constexpr double kNoQ = 0.001;       // FivePointPeq leaves out what is below
constexpr double kNoGainDb = 0.001;  // GraphicEqualizer likewise
constexpr double kSlopeUnit = 12;    // dB per octave that are S = 1 in the cookbook

// The parameters of one filter.
class Parameters {
 public:
  Parameters(const Node& node, const CamillaContext& context) : node_(node), context_(context) {
    type_ = context.at.text(context.at.required(node, "a biquad", "type"));
  }

  const std::string& type() const { return type_; }
  double rate_hz() const { return context_.rate_hz; }
  const Located& at() const { return context_.at; }
  const Node& node() const { return node_; }

  void allow(std::vector<std::string> keys) const {
    keys.insert(keys.begin(), "type");
    at().check_keys(node_, type_, keys);
  }
  double number(const char* key) const { return at().number(at().required(node_, type_, key)); }
  double positive(const char* key) const { return at().positive(at().required(node_, type_, key)); }
  double frequency(const char* key = "freq") const {
    const Node& value = at().required(node_, type_, key);
    const double hz = at().positive(value);
    if (hz >= rate_hz() / 2) {
      at().refuse(value, std::string(key) + " of " + imported_number(hz) +
                             " Hz; allowed: below half the rate of " + imported_number(rate_hz()));
    }
    return hz;
  }
  std::string text(const char* ours, const char* key) const {
    return std::string(", ") + ours + ": " + imported_number(number(key));
  }

  // Exactly one of q and its alternative.
  std::string width(const char* other, const char* ours, double unit = 1) const {
    const Node* q = camilla_value(node_, "q");
    const Node* wide = camilla_value(node_, other);
    if (!q == !wide) at().refuse(node_, type_ + " needs either q or " + other);
    if (q) return ", q: " + imported_number(at().positive(*q));
    return std::string(", ") + ours + ": " + imported_number(at().positive(*wide) / unit);
  }

 private:
  const Node& node_;
  const CamillaContext& context_;
  std::string type_;
};

std::string named(const std::string& type, double frequency_hz) {
  return "type: " + type + ", frequency_hz: " + imported_number(frequency_hz);
}

std::string pass(const Parameters& p, const char* type) {  // lowpass, highpass
  p.allow({"freq", "q"});
  return named(type, p.frequency()) + ", q: " + imported_number(p.positive("q"));
}

std::string band(const Parameters& p, const char* type) {  // notch, bandpass, allpass
  p.allow({"freq", "q", "bandwidth"});
  return named(type, p.frequency()) + p.width("bandwidth", "bandwidth_oct");
}

std::string peak(const Parameters& p, const char* type) {
  p.allow({"freq", "gain", "q", "bandwidth"});
  return named(type, p.frequency()) + p.width("bandwidth", "bandwidth_oct") +
         p.text("gain_db", "gain");
}

std::string shelf(const Parameters& p, const char* type) {
  p.allow({"freq", "gain", "q", "slope"});
  return named(type, p.frequency()) + p.width("slope", "slope", kSlopeUnit) +
         p.text("gain_db", "gain");
}

std::string first_order(const Parameters& p, const char* type) {
  p.allow({"freq"});
  return named(type, p.frequency());
}

std::string first_order_shelf(const Parameters& p, const char* type) {
  p.allow({"freq", "gain"});
  return named(type, p.frequency()) + p.text("gain_db", "gain");
}

std::string free(const Parameters& p, const char*) {
  p.allow({"a1", "a2", "b0", "b1", "b2"});
  return biquad_coefficients({p.number("b0"), p.number("b1"), p.number("b2")},
                             {1, p.number("a1"), p.number("a2")});
}

// Zeros at one frequency, poles at another: a notch between a low-pass and a high-pass.
std::string general_notch(const Parameters& p, const char*) {
  p.allow({"freq_p", "freq_z", "q_p", "normalize_at_dc"});
  const double tz = std::tan(std::numbers::pi * p.frequency("freq_z") / p.rate_hz());
  const double tp = std::tan(std::numbers::pi * p.frequency("freq_p") / p.rate_hz());
  const Node* at_dc = camilla_value(p.node(), "normalize_at_dc");
  const double gain = at_dc && p.at().flag(*at_dc) ? tp * tp / (tz * tz) : 1;
  const double alpha = tp / p.positive("q_p");
  const double outer = gain * (1 + tz * tz);
  return biquad_coefficients({outer, -2 * gain * (1 - tz * tz), outer},
                             {1 + alpha + tp * tp, -2 + 2 * tp * tp, 1 - alpha + tp * tp});
}

// Linkwitz's transform of a closed box (freq_act, q_act) into another: s² + s·ω/q + ω² of the first
// over that of the second, by the bilinear transform matched at the mean frequency.
std::string linkwitz_transform(const Parameters& p, const char*) {
  p.allow({"freq_act", "q_act", "freq_target", "q_target"});
  const double from = p.frequency("freq_act"), to = p.frequency("freq_target");
  const double center = std::numbers::pi * (from + to) / 2;
  const double s = 2 * center / std::tan(center / p.rate_hz());
  const auto terms = [s](double hz, double q) {
    const double w = 2 * std::numbers::pi * hz;
    const double squares = w * w + s * s, cross = s * w / q;
    return std::vector<double>{squares + cross, 2 * (w * w - s * s), squares - cross};
  };
  std::vector<double> b = terms(from, p.positive("q_act"));
  const std::vector<double> a = terms(to, p.positive("q_target"));
  const double scale = 1 / a[0];
  for (double& term : b) term *= scale;
  return biquad_coefficients(b, {1, a[1] * scale, a[2] * scale});
}

struct BiquadType {
  const char* name;
  std::string (*read)(const Parameters&, const char* ours);
  const char* ours;
};
constexpr BiquadType kBiquads[] = {
    {"Free", free, ""},
    {"Lowpass", pass, "lowpass"},
    {"Highpass", pass, "highpass"},
    {"LowpassFO", first_order, "lowpass1"},
    {"HighpassFO", first_order, "highpass1"},
    {"AllpassFO", first_order, "allpass1"},
    {"LowshelfFO", first_order_shelf, "lowshelf1"},
    {"HighshelfFO", first_order_shelf, "highshelf1"},
    {"Peaking", peak, "peaking"},
    {"Lowshelf", shelf, "lowshelf"},
    {"Highshelf", shelf, "highshelf"},
    {"Notch", band, "notch"},
    {"Bandpass", band, "bandpass"},
    {"Allpass", band, "allpass"},
    {"GeneralNotch", general_notch, ""},
    {"LinkwitzTransform", linkwitz_transform, ""},
};

// --- combinations -----------------------------------------------------------------------------

using Settings = std::vector<std::string>;

Settings ordered(const Parameters& p, const char* type) {
  p.allow({"freq", "order"});
  const Node& node = p.at().required(p.node(), p.type(), "order");
  const Index order = p.at().integer(node, 1);
  const bool linkwitz_riley = p.type().starts_with("LinkwitzRiley");
  if (linkwitz_riley && order % 2 != 0) {
    p.at().refuse(node, p.type() + " of order " + std::to_string(order) + "; allowed: even orders");
  }
  return {named(type, p.frequency()) + ", order: " + std::to_string(order)};
}

std::string with_q(const char* type, double hz, double q, double gain_db) {
  return named(type, hz) + ", q: " + imported_number(q) + ", gain_db: " + imported_number(gain_db);
}

Settings tilt(const Parameters& p, const char*) {
  p.allow({"gain"});
  const double half = p.number("gain") / 2;
  return {with_q("lowshelf", 110, 0.35, -half), with_q("highshelf", 3500, 0.35, half)};
}

Settings five_points(const Parameters& p, const char*) {
  p.allow({"fls", "qls", "gls", "fp1", "qp1", "gp1", "fp2", "qp2", "gp2", "fp3", "qp3", "gp3",
           "fhs", "qhs", "ghs"});
  Settings result;
  for (const std::string band : {"ls", "p1", "p2", "p3", "hs"}) {
    const char* type = band == "ls" ? "lowshelf" : band == "hs" ? "highshelf" : "peaking";
    const double q = p.number(("q" + band).c_str()), gain = p.number(("g" + band).c_str());
    const double hz = p.frequency(("f" + band).c_str());
    if (std::abs(q) > kNoQ) result.push_back(with_q(type, hz, q, gain));
  }
  return result;
}

// Peaks of equal width on a logarithmic scale of frequency.
Settings graphic(const Parameters& p, const char*) {
  p.allow({"freq_min", "freq_max", "gains"});
  const Node* least = camilla_value(p.node(), "freq_min");
  const Node* most = camilla_value(p.node(), "freq_max");
  const double low = std::log2(least ? p.at().positive(*least) : 20);
  const double high = std::log2(most ? p.at().positive(*most) : 20000);
  const Node& node = p.at().required(p.node(), p.type(), "gains");
  const std::vector<double> gains = p.at().numbers(node);
  const double width = (high - low) / static_cast<double>(gains.size());
  if (!(width > 0) || std::exp2(high) >= p.rate_hz() / 2) {
    p.at().refuse(node, "bands from freq_min to freq_max do not lie below half the rate");
  }
  Settings result;
  for (std::size_t i = 0; i < gains.size(); ++i) {
    if (std::abs(gains[i]) <= kNoGainDb) continue;
    const double hz = std::exp2(low + (static_cast<double>(i) + 0.5) * width);
    result.push_back(named("peaking", hz) + ", bandwidth_oct: " + imported_number(width) +
                     ", gain_db: " + imported_number(gains[i]));
  }
  return result;
}

struct ComboType {
  const char* name;
  Settings (*read)(const Parameters&, const char* ours);
  const char* ours;
};
constexpr ComboType kCombos[] = {
    {"ButterworthLowpass", ordered, "butterworth-lowpass"},
    {"ButterworthHighpass", ordered, "butterworth-highpass"},
    {"LinkwitzRileyLowpass", ordered, "linkwitz-riley-lowpass"},
    {"LinkwitzRileyHighpass", ordered, "linkwitz-riley-highpass"},
    {"Tilt", tilt, ""},
    {"FivePointPeq", five_points, ""},
    {"GraphicEqualizer", graphic, ""},
};

// The row of the type that the parameters name.
template <class Row, std::size_t n>
const Row& row_for(const Parameters& p, const Row (&rows)[n], const char* what) {
  std::string names;
  for (const Row& row : rows) {
    if (p.type() == row.name) return row;
    names += (names.empty() ? "" : ", ") + std::string(row.name);
  }
  p.at().refuse(p.node(), std::string(what) + " of type '" + p.type() +
                              "', which cannot be imported; allowed: " + names);
}

}  // namespace

std::string camilla_biquad(const Node& parameters, const CamillaContext& context) {
  const Parameters p(parameters, context);
  const BiquadType& type = row_for(p, kBiquads, "Biquad");
  return type.read(p, type.ours);
}

std::vector<std::string> camilla_biquads(const Node& parameters, const CamillaContext& context) {
  const Parameters p(parameters, context);
  const ComboType& type = row_for(p, kCombos, "BiquadCombo");
  return type.read(p, type.ours);
}

}  // namespace faltung
