// What this machine has of memory, or the container in which the program runs.
#include "apps/faltung/machine_memory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace faltung {
namespace {

constexpr Index kNoLimit = std::numeric_limits<Index>::max();

// "max", or no such file: no limit.
Index limit_in(const std::string& path) {
  Index bytes = kNoLimit;
  std::ifstream file(path);
  return file >> bytes ? bytes : kNoLimit;
}

// The least of a group and of all that it lies in. A container may see its own group as the root.
Index limit_of(const std::string& root, std::string group, const std::string& name) {
  Index least = kNoLimit;
  for (;;) {
    least = std::min(least, limit_in(root + group + name));
    if (group.size() <= 1) return least;
    group.pop_back();
    group.resize(group.rfind('/') + 1);
  }
}

}  // namespace

Index machine_memory() {
  Index least = Index{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  std::ifstream groups("/proc/self/cgroup");  // "4:memory:/jobs/7", "0::/jobs/7"
  for (std::string line; std::getline(groups, line);) {
    const std::string group = line.substr(std::min(line.find('/'), line.size())) + "/";
    if (line.starts_with("0::")) {
      least = std::min(least, limit_of("/sys/fs/cgroup", group, "memory.max"));
    } else if (line.find(":memory:") != std::string::npos) {
      least = std::min(least, limit_of("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
    }
  }
  return least;
}

}  // namespace faltung
