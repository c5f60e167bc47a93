// This machine as stages meet it: its threads and its measured costs.
#pragma once

#include <memory>
#include <string>

#include "apps/faltung/console.h"
#include "engine/stream/format.h"

namespace faltung {

class Machine {
 public:
  explicit Machine(const GeneralOptions& options);
  ~Machine();

  // Where a stage runs; outlived by this. Notes go to the console with `about` in front.
  Setting setting(Clock clock, const std::string& about) const;

 private:
  Console console_;
  std::unique_ptr<Workers> workers_;
};

}  // namespace faltung
