// The settings of the stage `lv2`.
#include "engine/stages/read_lv2.h"

#include <filesystem>

#include "engine/stages/lv2.h"
#include "engine/stages/lv2_checks.h"

namespace faltung {
namespace {

// What `look` finds; what it refuses has the place of `node`.
template <class Look>
auto placed(const Located& at, const Node& node, Look&& look) {
  try {
    return look();
  } catch (const Error& error) {
    at.refuse(node, error.what());
  }
}

double control_value(const Located& at, const Node& node) {
  const bool word = node.text == "true" || node.text == "false";
  return word ? (at.flag(node) ? 1 : 0) : at.number(node);
}

}  // namespace

StagePtr read_lv2(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  at.check_keys(node, "lv2", {"uri", "controls", "preset", "state"});
  const Node& uri = at.required(node, "lv2", "uri");
  Lv2Options options;
  const std::string name = at.text(uri);
  options.plugin = placed(at, uri, [&] {
    auto plugin = Lv2Plugin::find(name);
    check_lv2_plugin(plugin->description());
    return plugin;
  });
  if (const Node* preset = node.find("preset")) {
    const std::string wanted = at.text(*preset);
    options.preset = placed(at, *preset, [&] { return options.plugin->preset(wanted); });
  }
  if (const Node* state = node.find("state")) {
    const auto path = std::filesystem::path(context.folder) / at.text(*state);
    options.saved = placed(at, *state, [&] { return options.plugin->saved(path.string()); });
  }
  const Node* controls = node.find("controls");
  if (controls && controls->kind != Node::Kind::map) {
    at.refuse(*controls, "expected controls as {symbol: value}, got " + controls->description());
  }
  for (std::size_t i = 0; controls && i < controls->entries.size(); ++i) {
    const auto& [symbol, value] = controls->entries[i];
    const double number = control_value(at, value);
    options.controls[symbol.text] = number;
    placed(at, symbol, [&] {
      return &check_lv2_control(options.plugin->description(), symbol.text, number);
    });
  }
  return placed(at, uri, [&] { return make_lv2(options); });
}

}  // namespace faltung
