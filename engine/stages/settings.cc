// What a stage is told by configuration: readers of the tree.
#include "engine/stages/settings.h"

#include <charconv>
#include <cmath>

#include "engine/nd/suggestion.h"

namespace faltung {
namespace {

constexpr Index kMostInteger = Index{1} << 40;  // of extents, strides and counts in configuration

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : ", ") + word;
  return result;
}

bool parse(const std::string& text, double* value) {
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, *value);
  return error == std::errc() && stop == end && begin != end;
}

}  // namespace

const Node* Node::find(const std::string& key) const {
  for (const auto& [name, value] : entries) {
    if (name.text == key) return &value;
  }
  return nullptr;
}

std::string Node::description() const {
  switch (kind) {
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return "'" + text + "'";
    case Kind::list:
      return "a list";
    case Kind::map:
      break;
  }
  return "a map";
}

std::string Located::place(const Position& position) const {
  if (position.line == 0) return "";
  return file_ + ":" + std::to_string(position.line) + ":" + std::to_string(position.column) + ": ";
}

void Located::refuse(const Node& node, const std::string& message) const {
  throw Error(Code::configuration, place(node.position) + message);
}

double Located::number(const Node& node) const {
  double value = 0;
  if (node.kind != Node::Kind::scalar || !parse(node.text, &value)) {
    refuse(node, "expected a number, got " + node.description());
  }
  if (!std::isfinite(value)) refuse(node, "expected a finite number, got " + node.description());
  return value;
}

double Located::positive(const Node& node) const {
  const double value = number(node);
  if (value <= 0) refuse(node, "expected a number above 0, got " + node.description());
  return value;
}

double Located::factor_of_db(const Node& node) const {
  constexpr double kMost = 200;  // beyond, float32 has nothing left to say
  const double db = number(node);
  if (std::abs(db) > kMost) {
    refuse(node, "expected at most 200 dB up or down, got " + node.description());
  }
  return std::pow(10.0, db / 20);
}

Index Located::integer(const Node& node, Index least) const {
  double value = 0;
  const bool good = node.kind == Node::Kind::scalar && parse(node.text, &value) &&
                    value == std::floor(value) && value >= static_cast<double>(least) &&
                    value <= static_cast<double>(kMostInteger);
  if (!good) {
    refuse(node, "expected a whole number of at least " + std::to_string(least) + ", got " +
                     node.description());
  }
  return static_cast<Index>(value);
}

bool Located::flag(const Node& node) const {
  if (node.kind == Node::Kind::scalar && node.text == "true") return true;
  if (node.kind == Node::Kind::scalar && node.text == "false") return false;
  refuse(node, "expected true or false, got " + node.description());
}

std::string Located::word(const Node& node, const std::vector<std::string>& allowed) const {
  if (node.kind == Node::Kind::scalar) {
    for (const std::string& one : allowed) {
      if (node.text == one) return one;
    }
  }
  const std::string better =
      node.kind == Node::Kind::scalar ? suggestion(node.text, allowed) : std::string();
  refuse(node, "unknown value " + node.description() +
                   (better.empty() ? "" : "; did you mean '" + better + "'?") +
                   (better.empty() ? "; allowed: " : " allowed: ") + joined(allowed));
}

std::string Located::text(const Node& node) const {
  if (node.kind != Node::Kind::scalar) refuse(node, "expected a text, got " + node.description());
  return node.text;
}

std::vector<double> Located::numbers(const Node& node) const {
  if (node.kind != Node::Kind::list) return {number(node)};
  std::vector<double> result;
  for (const Node& item : node.items) result.push_back(number(item));
  if (result.empty()) refuse(node, "expected at least one number, got an empty list");
  return result;
}

Shape Located::integers(const Node& node, Index least) const {
  if (node.kind != Node::Kind::list) return Shape{integer(node, least)};
  if (node.items.empty() || node.items.size() > kMaxRank) {
    refuse(node, "expected 1 to " + std::to_string(kMaxRank) + " whole numbers, got " +
                     std::to_string(node.items.size()));
  }
  Shape result;
  for (const Node& item : node.items) result.push_back(integer(item, least));
  return result;
}

std::vector<Padding> Located::paddings(const Node& node) const {
  if (node.kind != Node::Kind::list) {
    const Index both = integer(node, 0);
    return {Padding{both, both}};
  }
  std::vector<Padding> result;
  for (const Node& axis : node.items) {
    if (axis.kind != Node::Kind::list) {
      const Index both = integer(axis, 0);
      result.push_back({both, both});
    } else if (axis.items.size() == 2) {
      result.push_back({integer(axis.items[0], 0), integer(axis.items[1], 0)});
    } else {
      refuse(axis, "expected the padding of an axis, n or [before, after]");
    }
  }
  if (result.empty()) refuse(node, "expected the padding of at least one axis, got an empty list");
  return result;
}

void Located::check_keys(const Node& node, const std::string& owner,
                         const std::vector<std::string>& allowed) const {
  if (node.kind == Node::Kind::null) return;
  if (node.kind != Node::Kind::map) {
    refuse(node, "expected the settings of '" + owner + "' as {key: value}, got " +
                     node.description() + "; keys: " + joined(allowed));
  }
  for (const auto& [key, value] : node.entries) {
    bool known = false;
    for (const std::string& one : allowed) known = known || one == key.text;
    if (known) continue;
    const std::string better = suggestion(key.text, allowed);
    refuse(key,
           "unknown key '" + key.text + "' of '" + owner + "'" +
               (better.empty() ? "; allowed: " : "; did you mean '" + better + "'? allowed: ") +
               (allowed.empty() ? "none" : joined(allowed)));
  }
}

const Node& Located::required(const Node& node, const std::string& owner,
                              const std::string& key) const {
  const Node* value = node.find(key);
  if (!value) refuse(node, "'" + owner + "' needs '" + key + "'");
  return *value;
}

}  // namespace faltung
