// What the Python module knows of the machine: its threads and what work costs on it.
#include "plugins/python/machine.h"

#include <algorithm>
#include <mutex>
#include <thread>

#include "apps/faltung/cache.h"
#include "plugins/python/kept.h"

namespace faltung {
namespace {

std::mutex pool_mutex;  // held for moments, and never while the interpreter's lock is waited for
std::shared_ptr<Workers> pool;

}  // namespace

const Costs& machine_costs() {
  static const Costs costs = [] {
    Costs read;
    parse_costs(read_cache("costs"), &read);
    return read;
  }();
  return costs;
}

void set_threads(int threads) {
  auto next = std::make_shared<Workers>(threads);
  {
    const std::lock_guard lock(pool_mutex);
    pool.swap(next);
  }
  forget_kept();  // which holds the threads of before
}

std::shared_ptr<Workers> workers() {
  const std::lock_guard lock(pool_mutex);
  if (!pool) {
    pool = std::make_shared<Workers>(
        static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  }
  return pool;
}

}  // namespace faltung
