// Silences channels, and lets them through again, without a click.
//
// Muted is exactly zero, whatever comes in; not muted is the input, bit for bit. Parameter: `on`,
// 0 or 1 (anything from 0.5 on counts as 1).
#pragma once

#include <optional>
#include <vector>

#include "engine/stages/stages.h"
#include "engine/stream/stage.h"

namespace faltung {

struct MuteOptions {
  bool on = true;
  std::vector<Index> channels = {};    // from 1; empty: all
  std::optional<double> ramp_ms = {};  // empty: kDefaultRampMs, or none where there is no rate
};

// Errors (prepare): no series, channels that are not there, a ramp of a signal without a rate.
StagePtr make_mute(const MuteOptions& options);

// {on, channels, ramp_ms}
StagePtr read_mute(const Node& settings, const StageContext& context);

}  // namespace faltung
