// What work costs on this machine, as the program has measured it.
#include "plugins/lv2/costs.h"

#include "apps/faltung/cache.h"

namespace faltung::lv2 {

const Costs& machine_costs() {
  static const Costs costs = [] {
    Costs read;
    parse_costs(read_cache("costs"), &read);
    return read;
  }();
  return costs;
}

}  // namespace faltung::lv2
