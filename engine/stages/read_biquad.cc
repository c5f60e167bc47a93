// Recursive filters, from settings.
#include <algorithm>
#include <cstdint>

#include "engine/stages/biquad.h"
#include "engine/stages/series.h"

namespace faltung {
namespace {

constexpr const char* kCoefficients = "coefficients";

std::vector<std::string> type_names() {
  std::vector<std::string> names;
  for (const FilterType& type : filter_types()) names.emplace_back(type.name);
  names.emplace_back(kCoefficients);
  return names;
}

const char* width_key(Width width) {
  return width == Width::slope ? "slope" : width == Width::bandwidth_oct ? "bandwidth_oct" : "q";
}

std::vector<std::string> keys_of(const FilterType& type) {
  std::vector<std::string> keys = {"type", "frequency_hz"};
  if (type.order == 2) keys.emplace_back("q");
  if (type.other_width != Width::none) keys.emplace_back(width_key(type.other_width));
  if (type.has_gain) keys.emplace_back("gain_db");
  if (type.order == 0) keys.emplace_back("order");
  keys.emplace_back("channels");
  return keys;
}

// b0, b1, b2, a0, a1, a2; `a` and `b` may be shorter.
Biquad normalised(std::vector<double> b, std::vector<double> a, const Node& node,
                  const Located& at) {
  if (b.size() > 3 || a.size() > 3 || a[0] == 0) {
    at.refuse(node, "expected at most three values of 'b' and of 'a', and a0 other than 0");
  }
  b.resize(3);
  a.resize(3);
  return {b[0] / a[0], b[1] / a[0], b[2] / a[0], a[1] / a[0], a[2] / a[0]};
}

std::vector<Biquad> read_sections(const Node& list, const Located& at) {
  if (list.kind != Node::Kind::list) {
    at.refuse(list,
              "expected sections as [[b0, b1, b2, a0, a1, a2], …], got " + list.description());
  }
  std::vector<Biquad> sections;
  for (const Node& item : list.items) {
    const std::vector<double> v = at.numbers(item);
    if (v.size() != 6) {
      at.refuse(item, "expected a section as [b0, b1, b2, a0, a1, a2], got " +
                          std::to_string(v.size()) + " values");
    }
    sections.push_back(normalised({v[0], v[1], v[2]}, {v[3], v[4], v[5]}, item, at));
  }
  return sections;
}

void read_coefficients(const Node& node, const Located& at, BiquadOptions* to) {
  at.check_keys(node, "biquad", {"type", "b", "a", "sections", "channels"});
  const Node* sections = node.find("sections");
  if (sections && (node.find("a") || node.find("b"))) {
    at.refuse(node, "'biquad' needs either 'b' and 'a' or 'sections'");
  }
  if (sections) {
    to->sections = read_sections(*sections, at);
    return;
  }
  const Node& b = at.required(node, "biquad", "b");
  to->sections = {normalised(at.numbers(b), at.numbers(at.required(node, "biquad", "a")), b, at)};
}

void read_design(const Node& node, const Located& at, BiquadOptions* to) {
  at.check_keys(node, "biquad", keys_of(*to->type));
  to->settings.frequency_hz = at.positive(at.required(node, "biquad", "frequency_hz"));
  if (to->type->order == 0) {
    const Index order = at.integer(at.required(node, "biquad", "order"), 1);
    to->order = static_cast<int>(std::min<Index>(order, INT32_MAX));
  }
  const Node* q = node.find("q");
  const Width other = to->type->other_width;
  const Node* width = other == Width::none ? nullptr : node.find(width_key(other));
  if (q && width)
    at.refuse(node, std::string("'biquad' needs either 'q' or '") + width_key(other) + "'");
  if (q) to->settings.width = at.positive(*q);
  if (width) {
    to->settings.kind = other;
    to->settings.width = at.positive(*width);
  }
  if (to->type->has_gain) {
    to->settings.gain_db = at.number(at.required(node, "biquad", "gain_db"));
  }
}

}  // namespace

StagePtr read_biquad(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  if (node.kind != Node::Kind::map) at.check_keys(node, "biquad", {"type"});
  const std::string name = at.word(at.required(node, "biquad", "type"), type_names());
  BiquadOptions options;
  options.type = find_filter_type(name);
  if (options.type) {
    read_design(node, at, &options);
  } else {
    read_coefficients(node, at, &options);
  }
  if (const Node* channels = node.find("channels")) options.channels = read_channels(*channels, at);
  try {
    return make_biquad(options);
  } catch (const Error& error) {
    at.refuse(node, error.what());
  }
}

}  // namespace faltung
