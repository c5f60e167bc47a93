// This machine as stages meet it.
#include "apps/faltung/machine.h"

#include <algorithm>
#include <thread>

#include "apps/faltung/cache.h"
#include "engine/fft/fftw.h"

namespace faltung {
namespace {

constexpr const char* kCosts = "costs";
constexpr const char* kWisdom = "wisdom";
constexpr double kPlanningSeconds = 0.3;  // for each new size: FFTW's measured plans are 1.5 times faster

int threads_for(const GeneralOptions& options) {
  if (options.threads > 0) return options.threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

Costs remembered_costs() {
  Costs costs;
  if (parse_costs(read_cache(kCosts), &costs)) return costs;
  costs = measure_costs();
  write_cache(kCosts, costs_text(costs));
  return costs;
}

}  // namespace

Machine::Machine(const GeneralOptions& options)
    : console_(options), workers_(threads_for(options)), costs_(remembered_costs()) {
  // Without a place to remember it, measuring again and again would change results between runs.
  const std::string folder = cache_folder();
  if (folder.empty()) return;
  load_wisdom(folder + "/" + kWisdom);
  set_planning_seconds(kPlanningSeconds);
}

Machine::~Machine() {
  const std::string folder = cache_folder();
  if (!folder.empty()) save_wisdom(folder + "/" + kWisdom);
}

Setting Machine::setting(Clock clock, const std::string& about) {
  Setting setting;
  setting.clock = clock;
  setting.workers = &workers_;
  setting.costs = &costs_;
  setting.note = [console = console_, about](const std::string& text) {
    console.note(about.empty() ? text : about + ": " + text);
  };
  return setting;
}

}  // namespace faltung
