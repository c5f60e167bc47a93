// A lock that processes hold on a name, alone or together, and that no death leaves behind.
#include "engine/io/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "engine/nd/error.h"

namespace faltung {

FileLock::~FileLock() { release(); }

bool FileLock::try_alone() { return alone_ = try_lock(LOCK_EX); }
bool FileLock::try_together() { return try_lock(LOCK_SH); }

// The file may be removed between our opening and our locking it: then the lock is of no use.
bool FileLock::try_lock(int how) {
  release();
  for (;;) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) {
      throw Error(Code::output, "cannot write " + path_ + ": " + std::strerror(errno));
    }
    while (::flock(descriptor_, how | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      const int problem = errno;
      release();
      if (problem == EWOULDBLOCK) return false;
      throw Error(Code::output, "cannot lock " + path_ + ": " + std::strerror(problem));
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
