// The settings of convolve, correlate and activation, read from configuration.
#include "engine/stages/read_convolve.h"

#include <algorithm>

#include "engine/design/designs.h"
#include "engine/nd/suggestion.h"
#include "engine/stages/read_kernel_source.h"

namespace faltung {
namespace {

template <class Enum>
Enum choice(const Located& at, const Node& node,
            const std::vector<std::pair<std::string, Enum>>& allowed) {
  std::vector<std::string> names;
  for (const auto& [name, value] : allowed) names.push_back(name);
  const std::string word = at.word(node, names);
  for (const auto& [name, value] : allowed) {
    if (name == word) return value;
  }
  return allowed[0].second;
}

Boundary read_boundary(const Node& node, const Located& at) {
  std::vector<std::pair<std::string, Boundary>> all;
  for (int b = 0; b < 6; ++b) {
    all.emplace_back(name(static_cast<Boundary>(b)), static_cast<Boundary>(b));
  }
  return choice(at, node, all);
}

}  // namespace

ActivationOptions read_activation(const Node& node, const Located& at) {
  using Kind = ActivationOptions::Kind;
  static const std::vector<std::pair<std::string, Kind>> kKinds = {
      {"relu", Kind::relu}, {"leaky-relu", Kind::leaky_relu}, {"sigmoid", Kind::sigmoid},
      {"tanh", Kind::tanh}, {"clamp", Kind::clamp},           {"abs", Kind::abs}};
  ActivationOptions options;
  const bool parameters = node.kind == Node::Kind::map && node.entries.size() == 1;
  options.kind = choice(at, parameters ? node.entries[0].key : node, kKinds);
  if (!parameters) return options;
  const std::string name = node.entries[0].key.text;
  const Node& values = node.entries[0].value;
  at.check_keys(values, name,
                options.kind == Kind::leaky_relu ? std::vector<std::string>{"slope"}
                : options.kind == Kind::clamp    ? std::vector<std::string>{"low", "high"}
                                                 : std::vector<std::string>{});
  if (const Node* slope = values.find("slope")) options.slope = at.number(*slope);
  if (const Node* low = values.find("low")) options.low = at.number(*low);
  if (const Node* high = values.find("high")) options.high = at.number(*high);
  if (options.low > options.high) at.refuse(values, "'low' must not be above 'high'");
  return options;
}

ConvolveOptions read_convolve(const Node& node, Orientation orientation,
                              const StageContext& context) {
  const Located& at = context.located;
  const bool flips = orientation == Orientation::convolution;
  const std::string owner = flips ? "convolve" : "correlate";
  std::vector<std::string> keys = {
      "kernel",   "matrix", "channel",  "prepare", "gain_db", "mode",       "padding", "boundary",
      "constant", "stride", "dilation", "groups",  "bias",    "activation", "method",  "precision",
      "tolerance", "memory_mb"};
  if (flips) keys.insert(keys.begin() + 2, "flip");
  at.check_keys(node, owner, keys);
  ConvolveOptions options;
  options.orientation = orientation;
  options.kernel = read_kernel_source(node, owner, context);
  const auto with = [&](const char* key, auto&& read) {
    if (const Node* value = node.find(key)) read(*value);
  };
  with("flip", [&](const Node& v) {
    options.orientation = at.flag(v) ? Orientation::convolution : Orientation::correlation;
  });
  with("gain_db", [&](const Node& v) {
    at.factor_of_db(v);  // refuses what has no factor
    options.gain_db = at.number(v);
  });
  with("mode", [&](const Node& v) {
    options.mode =
        choice<Mode>(at, v, {{"full", Mode::full}, {"same", Mode::same}, {"valid", Mode::valid},
                             {"same_upper", Mode::same_upper}, {"same_lower", Mode::same_lower}});
  });
  with("padding", [&](const Node& v) {
    if (options.mode) at.refuse(v, "'padding' and 'mode' exclude each other");
    options.padding = at.paddings(v);
  });
  with("boundary", [&](const Node& v) { options.boundary = read_boundary(v, at); });
  with("constant", [&](const Node& v) {
    if (options.boundary.value_or(Boundary::constant) != Boundary::constant) {
      at.refuse(v, "'constant' is only for boundary constant");
    }
    options.boundary = Boundary::constant;
    options.constant = at.number(v);
  });
  with("stride", [&](const Node& v) { options.stride = at.integers(v, 1); });
  with("dilation", [&](const Node& v) { options.dilation = at.integers(v, 1); });
  with("groups", [&](const Node& v) { options.groups = at.integer(v, 1); });
  with("bias", [&](const Node& v) { options.bias = at.numbers(v); });
  with("activation", [&](const Node& v) { options.activation = read_activation(v, at); });
  with("method", [&](const Node& v) {
    options.method = choice<Method>(at, v,
                                    {{"auto", Method::automatic},
                                     {"direct", Method::direct},
                                     {"separable", Method::separable},
                                     {"fft", Method::fft},
                                     {"partitioned", Method::partitioned}});
  });
  with("precision", [&](const Node& v) {
    options.precision = choice<SampleType>(
        at, v, {{"float32", SampleType::float32}, {"float64", SampleType::float64}});
  });
  with("tolerance", [&](const Node& v) {
    options.tolerance = at.number(v);
    if (*options.tolerance < 0) at.refuse(v, "'tolerance' must be 0 (exact) or more");
  });
  with("memory_mb", [&](const Node& v) {
    constexpr double kMostMegabytes = 1e12;
    const double megabytes = std::min(at.positive(v), kMostMegabytes);
    options.memory = std::max<Index>(1, static_cast<Index>(megabytes * 1e6));
  });
  return options;
}

ConvolveOptions convolve_with(const std::string& name_or_file, const KernelReader& read_kernel) {
  ConvolveOptions options;
  options.kernel = kernel_by_name(name_or_file, name_or_file, read_kernel).recipe;
  return options;
}

}  // namespace faltung
