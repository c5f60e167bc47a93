// This machine as stages meet it: its threads, and its measured costs, kept in the cache.
#pragma once

#include <string>

#include "apps/faltung/console.h"
#include "engine/convolve/cost.h"
#include "engine/convolve/workers.h"
#include "engine/stream/format.h"

namespace faltung {

class Machine {
 public:
  // Measures the costs where the cache does not have them (0.2 s, once).
  explicit Machine(const GeneralOptions& options);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  int threads() const { return workers_.threads(); }

  // Where a stage runs; must not outlive this. Notes go to the console with `about` in front.
  Setting setting(Clock clock, const std::string& about);

 private:
  Console console_;
  Workers workers_;
  Costs costs_;
};

}  // namespace faltung
