// Multiplies by a factor: one for all channels or one for each, settable while running.
//
// A change ramps in a straight line from the factor there was; without one the stage is a plain
// multiplication. Parameters: `db` or `factor`, as it was asked for; of a list `db.1`, `db.2`, ….
#pragma once

#include <optional>
#include <vector>

#include "engine/stages/stages.h"
#include "engine/stream/stage.h"

namespace faltung {

enum class GainUnit { factor, db };

struct GainOptions {
  std::vector<double> values = {1.0};
  GainUnit unit = GainUnit::factor;
  std::optional<double> ramp_ms = {};  // empty: kDefaultRampMs, or none where there is no rate
};

// Errors: values beyond 200 dB; (prepare) neither one value nor one for each channel, a ramp of a
// signal without a rate.
StagePtr make_gain(const GainOptions& options);

// {db | factor: one or a list, ramp_ms}
StagePtr read_gain(const Node& settings, const StageContext& context);

}  // namespace faltung
