// The right to write an output file: one job has it at a time, and no death keeps it.
#include "engine/io/output_lock.h"

#include <unistd.h>

#include <sstream>
#include <utility>

#include "engine/io/identity.h"
#include "engine/io/unfinished.h"

namespace faltung {
namespace {

constexpr std::size_t kMostNameBytes = 200;  // of the target's in other names (NAME_MAX is 255)
constexpr int kMostParts = 8;                // that one job has of one output

std::string hidden(const std::string& target, const std::string& name) {
  const auto slash = target.rfind('/');
  return (slash == std::string::npos ? "./" : target.substr(0, slash + 1)) + "." + name;
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Two long names may begin alike, but must not share a lock.
std::string lock_path(const std::string& target) {
  std::string name = name_of(target);
  if (name.size() > kMostNameBytes) {
    name = name.substr(0, kMostNameBytes) + "." + fingerprint(name);
  }
  return hidden(target, name + ".lock");
}

void remove_parts(const std::string& target, const std::string& holder) {
  std::istringstream words(holder);
  long pid = 0;
  std::string host, keep;
  if (!(words >> pid >> host) || words >> keep) return;
  for (int n = 0; n < kMostParts; ++n) ::unlink(part_path(target, pid, n).c_str());
}

}  // namespace

std::string part_path(const std::string& target, long pid, int n) {
  return hidden(target, name_of(target).substr(0, kMostNameBytes) + "." + std::to_string(pid) +
                            "-" + std::to_string(n) + ".part");
}

OutputLock::OutputLock(const std::string& target, const std::string& given)
    : lock_(lock_path(target), given) {
  if (!lock_.try_alone()) lock_.refuse();
  slot_ = remember_unfinished(lock_.path());
  remove_parts(target, lock_.former());
}

void OutputLock::release() noexcept {
  lock_.release();
  forget_unfinished(std::exchange(slot_, -1));
}

}  // namespace faltung
