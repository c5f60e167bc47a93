// A lock that processes hold on a name, alone or together, and that no death leaves behind.
//
// It is flock(2) on a file of that name, which is made for it and removed by whoever held it alone
// last. On NFS it holds between machines from Linux 2.6.12 on.
#pragma once

#include <string>

namespace faltung {

class FileLock {
 public:
  explicit FileLock(std::string path) : path_(std::move(path)) {}
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

  const std::string& path() const noexcept { return path_; }

  // Give up at once where others hold it. What was held before is given back first: in between,
  // others may have had it. Throw Error{output} where the file cannot be made.
  bool try_alone();
  bool try_together();

  void release() noexcept;

 private:
  bool try_lock(int how);

  std::string path_;
  int descriptor_ = -1;
  bool alone_ = false;
};

}  // namespace faltung
