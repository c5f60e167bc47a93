// One filter of a CamillaDSP configuration -> what it does to a channel.
#include "apps/faltung/import/camilladsp_filter.h"

#include <cmath>

#include "apps/faltung/import/writer.h"
#include "engine/pipeline/pipeline.h"

namespace faltung {
namespace {

using Kind = ChannelStep::Kind;
using Steps = std::vector<ChannelStep>;

constexpr double kSpeedOfSound = 343;      // m/s
constexpr double kLongestDelay = 1 << 28;  // frames, as our own delay
constexpr std::size_t kBiquadTerms = 3;

std::vector<double> numbers_or_one(const Node& parameters, const char* key, const Located& at) {
  const Node* node = camilla_value(parameters, key);
  if (!node || (node->kind == Node::Kind::list && node->items.empty())) return {1};
  return at.numbers(*node);
}

// y[n] = Σ b[k] x[n-k] − Σ a[k] y[n-k], k from 1: a[0] is not looked at.
ChannelStep difference_equation(const Node& parameters, const CamillaContext& context) {
  context.at.check_keys(parameters, "DiffEq", {"a", "b"});
  std::vector<double> a = numbers_or_one(parameters, "a", context.at);
  const std::vector<double> b = numbers_or_one(parameters, "b", context.at);
  a[0] = 1;
  ChannelStep step;
  if (a.size() == 1) {
    step.kind = Kind::kernel;
    step.kernel.taps = b;
    step.kernel.name = "diffeq";
    return step;
  }
  if (a.size() > kBiquadTerms || b.size() > kBiquadTerms) {
    context.at.refuse(parameters, "DiffEq of " + std::to_string(b.size()) + " and " +
                                      std::to_string(a.size()) +
                                      " coefficients; allowed: up to 3 and 3, or any b without a");
  }
  step.kind = Kind::biquad;
  step.settings = biquad_coefficients(b, a);
  return step;
}

ChannelStep step_of(Kind kind, double value) {
  ChannelStep step;
  step.kind = kind;
  step.value = value;
  return step;
}

ChannelStep biquad_step(std::string settings) {
  ChannelStep step;
  step.kind = Kind::biquad;
  step.settings = std::move(settings);
  return step;
}

Steps gain(const Node& parameters, const CamillaContext& context) {
  context.at.check_keys(parameters, "Gain", {"gain", "inverted", "mute", "scale"});
  const double factor = camilla_gain(parameters, context.at);
  return factor == 1 ? Steps{} : Steps{step_of(Kind::gain, factor)};
}

Steps delay(const Node& parameters, const CamillaContext& context) {
  const auto [frames, allpass] = camilla_delay(parameters, context);
  Steps steps;
  if (frames > 0) steps.push_back(step_of(Kind::delay, frames));
  if (!allpass.empty()) steps.push_back(biquad_step(allpass));
  return steps;
}

Steps convolution(const Node& parameters, const CamillaContext& context) {
  ChannelStep step;
  step.kind = Kind::kernel;
  step.kernel = camilla_kernel(parameters, context);
  if (step.kernel.taps == std::vector<double>{1}) return {};
  return {step};
}

Steps biquad(const Node& parameters, const CamillaContext& context) {
  return {biquad_step(camilla_biquad(parameters, context))};
}

Steps biquads(const Node& parameters, const CamillaContext& context) {
  Steps steps;
  for (std::string& settings : camilla_biquads(parameters, context)) {
    steps.push_back(biquad_step(std::move(settings)));
  }
  return steps;
}

Steps equation(const Node& parameters, const CamillaContext& context) {
  return {difference_equation(parameters, context)};
}

struct FilterType {
  const char* name;
  Steps (*read)(const Node&, const CamillaContext&);
};
constexpr FilterType kFilters[] = {{"Gain", gain},           {"Delay", delay},
                                   {"Conv", convolution},    {"Biquad", biquad},
                                   {"BiquadCombo", biquads}, {"DiffEq", equation}};

// What our own stage refuses, by asking it: nothing is written that `faltung check` would not take.
void check_step(const ChannelStep& step, const Node& parameters, const CamillaContext& context) {
  const std::string settings = step.kind == Kind::biquad ? "biquad: {" + step.settings + "}"
                               : step.kind == Kind::gain
                                   ? "gain: {factor: " + imported_number(step.value) + "}"
                                   : "";
  if (settings.empty()) return;
  Format format;
  format.rate_hz = context.rate_hz;
  format.max_slab = 1;
  try {
    parse_pipeline("stages: [{" + settings + "}]", "pipeline", {}).stage->prepare(format, {});
  } catch (const Error& error) {
    const std::string message = error.what();  // "pipeline:1:10: …"
    context.at.refuse(parameters, "no pipeline of ours expresses it: " +
                                      message.substr(message.find(": ") + 2));
  }
}

void replace_all(std::string* text, const std::string& from, const std::string& to) {
  for (std::size_t i = text->find(from); i != std::string::npos;
       i = text->find(from, i + to.size())) {
    text->replace(i, from.size(), to);
  }
}

// Thiran's all-pass (1971) of first or second order, as CamillaDSP chooses it.
std::pair<double, std::string> subsample(double frames) {
  if (frames < 0.1) return {0, ""};
  if (frames < 1.1) {
    const double c = (1 - frames) / (1 + frames);
    return {0, biquad_coefficients({c, 1}, {1, c})};
  }
  double whole = std::floor(frames) - 1;
  double d = frames - whole;
  if (d < 1.1) {
    whole -= 1;
    d += 1;
  }
  const double c1 = 2 * (2 - d) / (1 + d);
  const double c2 = (2 - d) / (2 + d) * (1 - d) / (1 + d);
  return {whole, biquad_coefficients({c2, c1, 1}, {1, c1, c2})};
}

}  // namespace

const Node* camilla_value(const Node& node, const std::string& key) {
  const Node* value = node.kind == Node::Kind::map ? node.find(key) : nullptr;
  return value && value->kind != Node::Kind::null ? value : nullptr;
}

std::string camilla_text(std::string text, const CamillaContext& context) {
  replace_all(&text, "$samplerate$", imported_number(context.rate_hz));
  replace_all(&text, "$channels$", context.channels);
  return text;
}

double camilla_gain(const Node& node, const Located& at) {
  const Node* mute = camilla_value(node, "mute");
  const Node* inverted = camilla_value(node, "inverted");
  const Node* scale = camilla_value(node, "scale");
  const Node* value = camilla_value(node, "gain");
  const bool linear = scale && at.word(*scale, {"dB", "linear"}) == "linear";
  double factor = value ? (linear ? at.number(*value) : at.factor_of_db(*value)) : linear ? 0 : 1;
  if (inverted && at.flag(*inverted)) factor = -factor;
  return mute && at.flag(*mute) ? 0 : factor;
}

std::pair<double, std::string> camilla_delay(const Node& parameters,
                                             const CamillaContext& context) {
  const Located& at = context.at;
  at.check_keys(parameters, "Delay", {"delay", "unit", "subsample"});
  const Node& value = at.required(parameters, "Delay", "delay");
  const Node* unit = camilla_value(parameters, "unit");
  const std::string name = unit ? at.word(*unit, {"us", "ms", "mm", "samples"}) : "ms";
  const double rate = context.rate_hz;
  const double scale = name == "us"   ? rate / 1e6
                       : name == "ms" ? rate / 1e3
                       : name == "mm" ? rate / 1e3 / kSpeedOfSound
                                      : 1;
  const double frames = at.number(value) * scale;
  if (!(frames >= 0 && frames <= kLongestDelay)) {
    at.refuse(value, "delay of " + imported_number(frames) + " frames; allowed: 0 to " +
                         imported_number(kLongestDelay));
  }
  const Node* fraction = camilla_value(parameters, "subsample");
  if (fraction && at.flag(*fraction)) return subsample(frames);
  return {std::round(frames), ""};
}

std::string biquad_coefficients(const std::vector<double>& b, const std::vector<double>& a) {
  const auto list = [](const std::vector<double>& terms) {
    std::string text;
    for (std::size_t i = 0; i < kBiquadTerms; ++i) {
      text += (i > 0 ? ", " : "") + imported_number(i < terms.size() ? terms[i] : 0);
    }
    return "[" + text + "]";
  };
  return "type: coefficients, b: " + list(b) + ", a: " + list(a);
}

Steps camilla_steps(const std::string& name, const Node& filter, const CamillaContext& context) {
  const Located& at = context.at;
  at.check_keys(filter, "filter '" + name + "'", {"type", "description", "parameters"});
  const Node& type = at.required(filter, "filter '" + name + "'", "type");
  const std::string kind = at.text(type);
  for (const FilterType& known : kFilters) {
    if (kind != known.name) continue;
    const Node& parameters = at.required(filter, "filter '" + name + "'", "parameters");
    Steps steps = known.read(parameters, context);
    for (ChannelStep& step : steps) {
      check_step(step, parameters, context);
      step.origin = "line " + std::to_string(type.position.line) + ": '" + name + "', " + kind;
    }
    return steps;
  }
  at.refuse(type, "filter '" + name + "' is of type '" + kind +
                      "', which no pipeline of ours expresses; imported are Gain, Delay, Conv, "
                      "Biquad, BiquadCombo, DiffEq");
}

}  // namespace faltung
