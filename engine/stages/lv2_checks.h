// What of a hosted plugin is refused, and which of its ports carry which channels.
//
// All throw Error{configuration}.
#pragma once

#include "engine/stages/lv2_plugin.h"

namespace faltung {

// Whether it can be a stage at all: features, kinds of ports.
void check_lv2_plugin(const Lv2Description& description);

// The control port of that symbol; `value` must be in its range as far as no rate is needed.
const Lv2Port& check_lv2_control(const Lv2Description& description, const std::string& symbol,
                                 double value);

// rate_hz 0: not known yet, which leaves ranges that depend on it alone.
void check_lv2_value(const Lv2Port& port, double value, double rate_hz);

// One copy takes all channels, or each channel has a copy of its own.
struct Lv2Routing {
  Index copies = 1;
  std::vector<std::size_t> inputs;   // of a copy, by channel; none: the plugin listens to nothing
  std::vector<std::size_t> outputs;  // of a copy, by channel; none: the signal passes unchanged
};

// A signal of as many channels as the plugin has audio inputs feeds them all; of as many as it has
// without side chains and optional ones, those. A plugin of one such input and at most one output
// takes any number, by copies.
Lv2Routing route_lv2(const Lv2Description& description, Index channels);

}  // namespace faltung
