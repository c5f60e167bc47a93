// What the Python module knows of the machine: its threads and what work costs on it.
#pragma once

#include <memory>

#include "engine/convolve/cost.h"
#include "engine/convolve/workers.h"

namespace faltung {

// As `faltung` measured them (kept in the cache), else Costs{}: importing must not take time.
const Costs& machine_costs();

// Threads for every later call, at first one for each core. Whoever computes keeps the pool it
// has. Throws Error{configuration} below 1.
void set_threads(int threads);
std::shared_ptr<Workers> workers();

}  // namespace faltung
