// Keeps every sample at or below a ceiling, by turning down before a peak comes.
//
// A brick wall for samples, not for what a converter makes between them: leave 1 dB for that, or
// read the meter's true peak. Signals below the ceiling pass bit for bit. Latency: the look-ahead.
// Reading: `reduction_db`, the smallest gain of the last slab, 0 or less. Live, NaN and infinity
// are muted. How the gain moves: limiter_gain.h.
#pragma once

#include "engine/stages/stages.h"
#include "engine/stream/stage.h"

namespace faltung {

struct LimiterOptions {
  double ceiling_db = -1;   // of full scale, −100 to 20
  double lookahead_ms = 5;  // 0 to 100, and at most kLongestLookahead frames: longer is smoother
  double release_ms = 100;  // 1 to 10000: until 63% of a reduction is gone
  bool linked = true;       // one gain for all channels keeps their balance
};

// Errors (prepare): no series, no rate, a look-ahead of too many frames. Bounds of the settings are
// read_limiter's.
StagePtr make_limiter(const LimiterOptions& options);

// {ceiling_db, lookahead_ms, release_ms, linked}
StagePtr read_limiter(const Node& settings, const StageContext& context);

}  // namespace faltung
