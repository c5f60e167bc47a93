// What a prepared pipeline really costs on this machine.
#pragma once

#include "engine/io/source.h"
#include "engine/stream/stage.h"

namespace faltung {

struct Measurement {
  Index taken = 0;        // positions that went in
  Index given = 0;        // positions that came out
  double compute_s = 0;   // in the stage; reading is not counted
  double worst_block_s = 0;
  bool whole = false;     // until the end of the signal, with the tail
};

// Runs `stage` on `source` to its end, or until enough has been seen of a long signal.
Measurement measure(Source& source, Stage& stage, const Format& in, const Format& out);

}  // namespace faltung
