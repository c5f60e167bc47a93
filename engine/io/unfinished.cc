// The files to be removed if a signal ends this process.
#include "engine/io/unfinished.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <mutex>

#include "engine/io/file.h"

namespace faltung {
namespace {

constexpr int kMost = 128;  // outputs open at a time have two each: the file and its lock

// Read by a signal handler of this process, therefore volatile and of fixed size; the mutex keeps
// writers apart.
struct Unfinished {
  volatile std::sig_atomic_t used = 0;
  std::array<char, PATH_MAX> path{};
};
std::array<Unfinished, kMost> unfinished;
std::mutex unfinished_mutex;

}  // namespace

int remember_unfinished(const std::string& path) {
  const std::lock_guard lock(unfinished_mutex);
  if (path.size() >= PATH_MAX) return -1;
  for (int i = 0; i < kMost; ++i) {
    auto& entry = unfinished[static_cast<std::size_t>(i)];
    if (entry.used) continue;
    std::copy(path.c_str(), path.c_str() + path.size() + 1, entry.path.begin());
    entry.used = 1;
    return i;
  }
  return -1;
}

void forget_unfinished(int slot) noexcept {
  if (slot >= 0) unfinished[static_cast<std::size_t>(slot)].used = 0;
}

void remove_unfinished_outputs() noexcept {
  for (auto& entry : unfinished) {
    if (entry.used) ::unlink(entry.path.data());
  }
}

}  // namespace faltung
