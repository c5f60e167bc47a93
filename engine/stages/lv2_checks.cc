// What of a hosted plugin is refused, and which of its ports carry which channels.
#include "engine/stages/lv2_checks.h"

#include <algorithm>
#include <cmath>

#include "engine/design/number_text.h"
#include "engine/nd/error.h"
#include "engine/nd/suggestion.h"
#include "engine/stages/lv2_features.h"

namespace faltung {
namespace {

constexpr std::size_t kMostListed = 24;  // controls in one message

using Kind = Lv2Port::Kind;

[[noreturn]] void refuse(const Lv2Description& plugin, const std::string& message) {
  throw Error(Code::configuration, "plugin '" + plugin.name + "' " + message);
}

std::vector<std::size_t> audio_ports(const Lv2Description& plugin, bool input) {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < plugin.ports.size(); ++i) {
    const Lv2Port& port = plugin.ports[i];
    if (port.kind == Kind::audio && port.input == input) result.push_back(i);
  }
  return result;
}

std::string range_text(const Lv2Port& port, double factor) {
  std::string text = port.low ? number_text(*port.low * factor) : "any";
  text += " to " + (port.high ? number_text(*port.high * factor) : "any");
  if (!port.unit.empty()) text += " " + port.unit;
  return text;
}

std::string controls_text(const Lv2Description& plugin) {
  std::string text;
  std::size_t count = 0;
  for (const Lv2Port& port : plugin.ports) {
    if (port.kind != Kind::control || !port.input || ++count > kMostListed) continue;
    text += (count > 1 ? ", " : "") + port.symbol + " (" + range_text(port, 1) +
            (port.per_rate ? " times the rate)" : ")");
  }
  if (count > kMostListed) text += " and " + std::to_string(count - kMostListed) + " more";
  return count ? text : "none";
}

std::string inputs_text(const Lv2Description& plugin, const std::vector<std::size_t>& inputs) {
  std::string names;
  for (const std::size_t i : inputs) {
    names += (names.empty() ? "" : ", ") + plugin.ports[i].symbol;
    if (plugin.ports[i].side_chain) names += " (side chain)";
    if (plugin.ports[i].optional) names += " (optional)";
  }
  return names;
}

}  // namespace

void check_lv2_plugin(const Lv2Description& plugin) {
  for (const std::string& feature : plugin.required_features) {
    if (!lv2_offers(feature)) refuse(plugin, "requires <" + feature + ">, which is not offered");
  }
  for (const Lv2Port& port : plugin.ports) {
    if (port.kind == Kind::other && !port.optional) {
      refuse(plugin, "has the port '" + port.symbol +
                         "' of an unknown kind; allowed: audio, CV, control and atom ports");
    }
  }
}

const Lv2Port& check_lv2_control(const Lv2Description& plugin, const std::string& symbol,
                                 double value) {
  std::vector<std::string> symbols;
  for (const Lv2Port& port : plugin.ports) {
    if (port.kind != Kind::control || !port.input) continue;
    if (port.symbol == symbol) {
      check_lv2_value(port, value, 0);
      return port;
    }
    symbols.push_back(port.symbol);
  }
  const std::string better = suggestion(symbol, symbols);
  const std::string hint = better.empty() ? ";" : "; did you mean '" + better + "'?";
  refuse(plugin, "has no control '" + symbol + "'" + hint + " allowed: " + controls_text(plugin));
}

void check_lv2_value(const Lv2Port& port, double value, double rate_hz) {
  if (port.per_rate && rate_hz == 0) return;
  const double factor = port.per_rate ? rate_hz : 1;
  const bool in_range = (!port.low || value >= *port.low * factor) &&
                        (!port.high || value <= *port.high * factor);
  const bool whole = port.toggled || port.whole;
  if (in_range && (!whole || value == std::round(value))) return;
  throw Error(Code::configuration, "control '" + port.symbol + "' of " + number_text(value) +
                                       "; allowed: " + range_text(port, factor) +
                                       (whole ? ", whole numbers" : ""));
}

Lv2Routing route_lv2(const Lv2Description& plugin, Index channels) {
  Lv2Routing routing;
  routing.outputs = audio_ports(plugin, false);
  const std::vector<std::size_t> all = audio_ports(plugin, true);
  std::vector<std::size_t> main;
  for (const std::size_t i : all) {
    if (!plugin.ports[i].optional && !plugin.ports[i].side_chain) main.push_back(i);
  }
  const auto takes = [&](const std::vector<std::size_t>& ports) {
    return static_cast<Index>(ports.size()) == channels;
  };
  if (takes(all)) {
    routing.inputs = all;
  } else if (takes(main) || (main.size() == 1 && routing.outputs.size() <= 1)) {
    routing.inputs = main;
    routing.copies = takes(main) ? 1 : channels;
  } else if (!all.empty()) {
    std::string allowed = std::to_string(main.empty() ? all.size() : main.size());
    if (!main.empty() && main.size() != all.size()) allowed += " or " + std::to_string(all.size());
    refuse(plugin, "takes " + allowed + " channels (" + inputs_text(plugin, all) + ") and gives " +
                       std::to_string(routing.outputs.size()) + ", the signal has " +
                       std::to_string(channels) + "; a 'mix' before it makes as many as allowed");
  }
  return routing;
}

}  // namespace faltung
