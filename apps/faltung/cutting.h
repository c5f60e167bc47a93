// How many positions of a signal travel and are computed at once.
#pragma once

#include "engine/stream/format.h"

namespace faltung {

// Positions that travel between the threads at once, and those that the stage sees at once (its
// max_slab). `slab` is a multiple of `block`.
struct Cutting {
  Index slab = 1;
  Index block = 1;
};

// The program's own choice for a signal; `block` > 0 asks for that many positions in a block. Slabs
// hold at most `most_bytes`, as far as a position or a block does; 0: any.
Cutting choose_cutting(const Format& in, Index block, Index most_bytes = 0);

}  // namespace faltung
