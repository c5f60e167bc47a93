// An input file mapped into memory, whose pages can be let go after use.
#include "engine/io/mapped_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace faltung {

MappedFile::MappedFile(InputFile file) : file_(std::move(file)) {
  void* map = ::mmap(nullptr, static_cast<std::size_t>(file_.size()), PROT_READ, MAP_PRIVATE,
                     file_.descriptor(), 0);
  if (map == MAP_FAILED) file_.fail(std::string("cannot be mapped: ") + std::strerror(errno));
  data_ = static_cast<const char*>(map);
}

MappedFile::~MappedFile() {
  ::munmap(const_cast<char*>(data_), static_cast<std::size_t>(file_.size()));
}

void MappedFile::release(Index first, Index count) const noexcept {
  const Index page = ::sysconf(_SC_PAGESIZE);
  const Index begin = first / page * page;
  const Index end = first + count >= size() ? size() : (first + count) / page * page;
  if (end <= begin) return;
  ::madvise(const_cast<char*>(data_) + begin, static_cast<std::size_t>(end - begin), MADV_DONTNEED);
}

}  // namespace faltung
