// Page faults of the calling thread, as the kernel counts them.
#pragma once

#include <sys/resource.h>

namespace faltung::realtime {

// Minor and major ones so far. Calls the system: outside of marked scopes only.
inline long page_faults() noexcept {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

}  // namespace faltung::realtime
