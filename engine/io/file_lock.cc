// A lock that processes hold on a name, alone or together, and that no death leaves behind.
#include "engine/io/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <sstream>

#include "engine/nd/error.h"

namespace faltung {
namespace {

std::string text_of(int descriptor) {
  char text[HOST_NAME_MAX + 64];
  const ssize_t size = ::pread(descriptor, text, sizeof text, 0);
  return {text, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

}  // namespace

FileLock::~FileLock() { release(); }

bool FileLock::try_alone() {
  alone_ = try_lock(LOCK_EX);
  if (!alone_) return false;
  former_ = text_of(descriptor_);
  char host[HOST_NAME_MAX + 1] = "";
  ::gethostname(host, sizeof host - 1);
  // For people: a disk so full that it cannot hold this is no reason to stop here.
  (void)!::ftruncate(descriptor_, 0);
  ::lseek(descriptor_, 0, SEEK_SET);
  add_text(std::to_string(::getpid()) + " " + host);
  return true;
}

void FileLock::add_text(const std::string& text) noexcept {
  (void)!::write(descriptor_, text.data(), text.size());
}

void FileLock::refuse() const {
  const int holder = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  std::istringstream words(holder < 0 ? "" : text_of(holder));
  if (holder >= 0) ::close(holder);
  std::string pid, host, who;
  if (words >> pid >> host) who = " (pid " + pid + " on " + host + ")";
  throw Error(Code::busy, "busy: another job" + who + " is writing " + what_);
}

bool FileLock::try_together() { return try_lock(LOCK_SH); }

// The file may be removed between our opening and our locking it: then the lock is of no use.
bool FileLock::try_lock(int how) {
  release();
  for (;;) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) {
      throw Error(Code::output, "cannot write " + what_ + ": " + std::strerror(errno));
    }
    while (::flock(descriptor_, how | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      const int problem = errno;
      release();
      if (problem == EWOULDBLOCK) return false;
      throw Error(Code::output, "cannot lock " + what_ + ": " + std::strerror(problem));
    }
    struct stat ours {
    }, named{};
    const bool same = ::fstat(descriptor_, &ours) == 0 && ::stat(path_.c_str(), &named) == 0 &&
                      ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
    if (same) return true;
    release();
  }
}

void FileLock::release() noexcept {
  if (descriptor_ < 0) return;
  if (alone_) ::unlink(path_.c_str());
  ::close(descriptor_);
  descriptor_ = -1;
  alone_ = false;
}

}  // namespace faltung
