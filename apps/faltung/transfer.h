// Moves a signal from a source through a prepared stage into a sink; reading, computing and
// writing overlap.
//
// Three threads (reader, caller, writer) hand each other recycled slabs, so that memory does not
// grow with the signal. Whatever reader or writer throw is thrown by transfer, after both have
// ended. The stage runs in the calling thread.
#pragma once

#include <functional>
#include <vector>

#include "apps/faltung/cutting.h"
#include "engine/io/sink.h"
#include "engine/io/source.h"
#include "engine/stream/stage.h"

namespace faltung {

// A run of output positions of one item that is computed by itself.
struct Segment {
  Index item = 0;
  Index first_in = 0;  // the stage is given the item from this position on
  Index skip = 0;      // positions that it then gives first, not wanted
  Index first = 0;     // of the output: where what is wanted begins
  Index count = -1;    // positions wanted; -1: all that come
};

// All of so many items.
std::vector<Segment> whole_items(Index items);

// Positions of the output that travel at once.
Index room_for(const Format& out, const Cutting& cutting);

struct Transferred {
  Index taken = 0;       // positions read
  Index given = 0;       // positions written
  double compute_s = 0;  // spent in the stage
};

// `in` and `out` as given to and by Stage::prepare, in.max_slab being cutting.block. Segments come
// in the order of their places; each but the first needs a sink in chunks, unless it is a whole
// item. `watch` is called from the calling thread with the positions taken so far. The sink is not
// committed.
Transferred transfer(Source& source, Stage& stage, Sink& sink, const Format& in, const Format& out,
                     const Cutting& cutting, const std::vector<Segment>& segments,
                     const std::function<void(Index taken)>& watch);

}  // namespace faltung
