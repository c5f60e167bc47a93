// What this machine has of memory, or the container in which the program runs.
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

// In bytes. Of the whole machine, or what control groups (Linux, version 1 and 2) leave of it; what
// others hold of it is not known.
Index machine_memory();

}  // namespace faltung
