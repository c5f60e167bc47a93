// Files as the containers see them: inputs checked before use, outputs staged under another name.
//
// An output is written as ".name.<pid>-<n>.part" beside its target; commit() syncs it, renames it
// and syncs the folder. Until then the target is untouched, and nothing stays if it never comes,
// save for recordings (checkpoint). ".name.lock" keeps other jobs off meanwhile; a killed job's
// unfinished file goes with the next job on that output.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/io/output_lock.h"
#include "engine/nd/shape.h"

namespace faltung {

// A regular, non-empty file open for reading, positioned at 0. Throws Error{input} where it is
// missing, unreadable, a directory, empty or no regular file.
class InputFile {
 public:
  explicit InputFile(const std::string& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile();

  const std::string& path() const noexcept { return path_; }
  int descriptor() const noexcept { return descriptor_; }
  Index size() const noexcept { return size_; }

  // Up to `count` bytes from `offset`; fewer only at the end of the file. Throws Error{input}.
  std::string bytes_at(Index offset, Index count) const;
  Index read_at(void* to, Index count, Index offset) const;  // returns how many

  [[noreturn]] void fail(const std::string& reason) const;  // Error{input} "path: reason"

 private:
  std::string path_;
  int descriptor_ = -1;
  Index size_ = 0;
};

// An output under its temporary name. The try_ functions never throw, for use in callbacks of C
// libraries: they remember the first failure, and check() throws it.
class StagedFile {
 public:
  enum class Role {
    output,
    scratch,  // room beside an output, which is locked already; never committed
  };
  // Throws Error{busy} where another job is writing this output, Error{output}.
  explicit StagedFile(const std::string& path, Role role = Role::output);
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;
  ~StagedFile();

  const std::string& path() const noexcept { return path_; }
  const std::string& temporary() const noexcept { return temporary_; }  // for who opens it by name

  bool try_write(const void* data, std::size_t bytes) noexcept;  // at the position, which advances
  Index try_read(void* data, std::size_t bytes) noexcept;        // likewise; -1: failed
  Index seek(Index offset, int whence) noexcept;                 // as lseek
  Index position() const noexcept;
  Index size() noexcept;

  void write(const void* data, std::size_t bytes);
  void write_at(const void* data, std::size_t bytes, Index offset);  // position stays
  void read_at(void* data, std::size_t bytes, Index offset);
  void truncate(Index size);

  // For outputs that grow for hours. From the first checkpoint on the temporary file stays whatever
  // happens, until commit() renames it; rewind() forgets failures and all that came after the last
  // one.
  void checkpoint();
  void sync();
  void refuse_writes() noexcept;  // until rewind()
  void rewind();

  void check() const;  // throws Error{output} if anything failed before
  void commit();
  [[noreturn]] void fail(const std::string& reason) const;  // Error{output} "cannot write path: …"

 private:
  bool flush() noexcept;
  bool put(const void* data, std::size_t bytes, Index offset) noexcept;
  void open_temporary();

  std::string path_;    // as given
  std::string target_;  // links resolved
  std::optional<OutputLock> lock_;
  std::string temporary_;
  int descriptor_ = -1;
  int slot_ = -1;    // in the table of unfinished outputs
  int error_ = 0;    // errno of the first failure
  Index start_ = 0;  // file offset of the buffer's first byte
  std::vector<char> buffer_;
  Index checkpoint_ = -1;   // the file's size at that time
  Index written_back_ = 0;  // the kernel was told to write up to here
};

// Unlinks the temporary files and locks of all outputs not committed yet. Calls only unlink: may be called
// from a signal handler.
void remove_unfinished_outputs() noexcept;

}  // namespace faltung
