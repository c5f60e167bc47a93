// What work costs on this machine, as the program has measured it.
#pragma once

#include "engine/convolve/cost.h"

namespace faltung::lv2 {

// From the user's cache, where `faltung` has been used once; else built-in ones. Never measured
// here: a host that opens a session has no time for it. Read once; not for an audio thread.
const Costs& machine_costs();

}  // namespace faltung::lv2
