// What an audio thread wants of the machine, where that is permitted.
#include "apps/faltung/live/set_up.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <chrono>
#include <future>
#include <thread>

#include "engine/io/trial.h"
#include "engine/stream/touch_memory.h"

namespace faltung {
namespace {

constexpr std::chrono::milliseconds kLook{10};  // between two looks whether something is done

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
  forgo_trials();
  if (may_lock_everything() && mlockall(MCL_CURRENT | MCL_FUTURE) == 0) return;
  touch_memory();
  say("memory cannot be locked (ulimit -l): the first pages that are swapped out will be heard");
}

void check_priority(const Device& device, const std::function<void(const std::string&)>& say) {
  if (device.priority() != Priority::normal) return;
  say("no real-time priority (ulimit -r): other programs may interrupt the sound");
}

bool done_while(const std::function<bool()>& patient, std::function<void()> act) {
  std::packaged_task<void()> task(std::move(act));
  std::future<void> done = task.get_future();
  std::thread(std::move(task)).detach();
  while (done.wait_for(kLook) != std::future_status::ready) {
    if (!patient()) return false;
  }
  done.get();
  return true;
}

bool done_within(double seconds, std::function<void()> act) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + std::chrono::duration<double>(seconds);
  return done_while([until] { return Clock::now() < until; }, std::move(act));
}

bool close_within(std::unique_ptr<Device>& device, double seconds) {
  return !device->must_be_abandoned() && done_within(seconds, [&device] { device.reset(); });
}

}  // namespace faltung
