// What an audio thread wants of the machine, where that is permitted.
#include "apps/faltung/live_set_up.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <chrono>
#include <future>
#include <thread>

namespace faltung {
namespace {

// With a limit that root does not stand above, locking future memory would make allocations fail.
bool may_lock_everything() {
  rlimit limit{};
  getrlimit(RLIMIT_MEMLOCK, &limit);
  if (limit.rlim_cur == RLIM_INFINITY) return true;
  // More than the limit, if only for a moment: permitted to whoever has CAP_IPC_LOCK.
  const std::size_t size = static_cast<std::size_t>(limit.rlim_cur) + (1 << 20);
  void* memory = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  const bool permitted = mlock2(memory, size, MLOCK_ONFAULT) == 0;
  munmap(memory, size);
  return permitted;
}

}  // namespace

void lock_memory(const std::function<void(const std::string&)>& say) {
  if (may_lock_everything() && mlockall(MCL_CURRENT | MCL_FUTURE) == 0) return;
  say("memory cannot be locked (ulimit -l): the first pages that are swapped out will be heard");
}

void check_priority(const Device& device, const std::function<void(const std::string&)>& say) {
  if (device.priority() != Priority::normal) return;
  say("no real-time priority (ulimit -r): other programs may interrupt the sound");
}

bool close_within(std::unique_ptr<Device>& device, double seconds) {
  if (device->must_be_abandoned()) return false;
  std::promise<void> closed;
  std::future<void> done = closed.get_future();
  std::thread([&device, promise = std::move(closed)]() mutable {
    device.reset();
    promise.set_value();
  }).detach();
  return done.wait_for(std::chrono::duration<double>(seconds)) == std::future_status::ready;
}

}  // namespace faltung
