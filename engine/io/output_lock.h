// The right to write an output file: one job has it at a time, and no death keeps it.
//
// It is a FileLock on ".name.lock" beside the output, which says who holds it. A lock that is found
// free was left by a job that was killed; what that job left of the output is removed, unless it is
// a recording (keep_parts).
#pragma once

#include <string>

#include "engine/io/file_lock.h"

namespace faltung {

class OutputLock {
 public:
  // `target` with links resolved; `given` as messages name it. Throws Error{busy} as in "busy:
  // another job (pid 1234 on host) is writing out.nii", Error{output}.
  OutputLock(const std::string& target, const std::string& given);
  OutputLock(const OutputLock&) = delete;
  OutputLock& operator=(const OutputLock&) = delete;
  ~OutputLock() { release(); }

  // From now on, what this process leaves under its temporary name is for people to find.
  void keep_parts() { lock_.add_text(" keep"); }

  void release() noexcept;

 private:
  FileLock lock_;
  int slot_ = -1;  // in the table of unfinished outputs
};

// ".name.<pid>-<n>.part" beside the target; of long names the beginning.
std::string part_path(const std::string& target, long pid, int n);

}  // namespace faltung
