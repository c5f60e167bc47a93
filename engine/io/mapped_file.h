// An input file mapped into memory, whose pages can be let go after use.
#pragma once

#include "engine/io/file.h"

namespace faltung {

class MappedFile {
 public:
  explicit MappedFile(InputFile file);  // throws Error{input}
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  const InputFile& file() const noexcept { return file_; }
  const char* data() const noexcept { return data_; }
  Index size() const noexcept { return file_.size(); }

  // Bytes [first, first + count) are not needed soon: whole pages of them leave this process's
  // memory, or it would grow to the file's size. They come back when touched.
  void release(Index first, Index count) const noexcept;

 private:
  InputFile file_;
  const char* data_ = nullptr;
};

}  // namespace faltung
