// This machine as stages meet it.
#include "apps/faltung/machine.h"

#include <algorithm>
#include <thread>

#include "engine/convolve/cost.h"
#include "engine/convolve/workers.h"

namespace faltung {

Machine::Machine(const GeneralOptions& options)
    : console_(options),
      workers_(std::make_unique<Workers>(
          options.threads > 0
              ? options.threads
              : std::max(1, static_cast<int>(std::thread::hardware_concurrency())))) {}

Machine::~Machine() = default;

Setting Machine::setting(Clock clock, const std::string& about) const {
  Setting setting;
  setting.clock = clock;
  setting.workers = workers_.get();
  setting.costs = &machine_costs();
  setting.note = [console = console_, about](const std::string& text) {
    console.note(about.empty() ? text : about + ": " + text);
  };
  return setting;
}

}  // namespace faltung
