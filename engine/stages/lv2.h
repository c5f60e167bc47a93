// Hosts an LV2 plugin as a stage.
//
// The signal must be a series with a rate. Plugins compute in float32; other signals are converted.
// A plugin's latency is taken out: its first frames are dropped, and finish gives as many, so that
// the output lies where the input does and is as long (what rings on after the end is cut off).
// The latency is asked for once, after a warm-up with silence while preparing.
//
// Offline a plugin always runs in blocks of 512 frames, so that slabs cannot change a bit of what a
// deterministic plugin gives. Live it runs with the slabs as they come, and while a parameter moves
// in pieces of at most 64 frames; only plugins that require a fixed block length (or a power of
// two) get blocks of the largest slab, which holds back what does not fill one.
//
// Output that is not finite is muted, a channel's run at a time, and counted in the reading
// `muted`. A plugin is foreign code: whether its run is real-time safe, or crashes, is its affair.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/stages/lv2_plugin.h"
#include "engine/stream/stage.h"

namespace faltung {

struct Lv2Options {
  std::shared_ptr<const Lv2Plugin> plugin;
  Lv2StatePtr preset, saved;               // null: none; in this order
  std::map<std::string, double> controls;  // by symbol; these have the last word
};

// Errors: plugins that cannot be stages, controls that it does not have or that are out of range;
// prepare: channels that fit neither one copy nor several.
StagePtr make_lv2(const Lv2Options& options);

}  // namespace faltung
