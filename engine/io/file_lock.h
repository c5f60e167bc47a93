// A lock that processes hold on a name, alone or together, and that no death leaves behind.
//
// It is flock(2) on a file of that name, which is made for it and removed by whoever held it alone
// last. Whoever holds it alone has written into it who that is: "<pid> <host>". On NFS it holds between machines from Linux 2.6.12 on.
#pragma once

#include <string>
#include <utility>

namespace faltung {

class FileLock {
 public:
  // `what` is locked by it, for messages.
  FileLock(std::string path, std::string what) : path_(std::move(path)), what_(std::move(what)) {}
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

  const std::string& path() const noexcept { return path_; }

  // Give up at once where others hold it. What was held before is given back first: in between,
  // others may have had it. Throw Error{output} where the file cannot be made.
  bool try_alone();
  bool try_together();

  void release() noexcept;

  // While held alone: what the file said before, of a holder that was killed, else "".
  const std::string& former() const noexcept { return former_; }
  void add_text(const std::string& text) noexcept;  // after "<pid> <host>"

  // Throws Error{busy}: "busy: another job (pid 1234 on host) is writing WHAT".
  [[noreturn]] void refuse() const;

 private:
  bool try_lock(int how);

  std::string path_, what_, former_;
  int descriptor_ = -1;
  bool alone_ = false;
};

}  // namespace faltung
