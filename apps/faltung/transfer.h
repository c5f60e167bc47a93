// Moves a signal from a source through a prepared stage into a sink; reading, computing and
// writing overlap.
//
// Three threads (reader, caller, writer) hand each other recycled slabs, so that memory does not
// grow with the signal. Whatever reader or writer throw is thrown by transfer, after both have
// ended. The stage runs in the calling thread.
#pragma once

#include <functional>

#include "apps/faltung/cutting.h"
#include "engine/io/sink.h"
#include "engine/io/source.h"
#include "engine/stream/stage.h"

namespace faltung {

struct Transferred {
  Index taken = 0;       // positions read
  Index given = 0;       // positions written
  double compute_s = 0;  // spent in the stage
};

// `in` and `out` as given to and by Stage::prepare, in.max_slab being cutting.block. `watch` is
// called from the calling thread with the positions taken so far. The sink is not committed.
Transferred transfer(Source& source, Stage& stage, Sink& sink, const Format& in, const Format& out,
                     const Cutting& cutting, const std::function<void(Index taken)>& watch);

}  // namespace faltung
