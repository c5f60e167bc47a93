// Small files written under temporary names, then synced and renamed together: each whole or
// absent.
#include "engine/io/file_batch.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "engine/nd/error.h"

namespace faltung {
namespace {

constexpr std::size_t kMostFiles =
    32;  // open at a time: the disk writes them while others are made

[[noreturn]] void fail(const std::string& path, int problem) {
  throw Error(Code::output, "cannot write " + path + ": " + std::strerror(problem));
}

// A name that nobody else has, in case another job on another machine writes the same file.
int open_temporary(const std::string& path, std::string& temporary) {
  const auto slash = path.rfind('/');
  const std::string start = path.substr(0, slash + 1) + std::string(FileBatch::kTemporary) +
                            path.substr(slash + 1) + "-" + std::to_string(::getpid()) + "-";
  for (int n = 0;; ++n) {
    temporary = start + std::to_string(n);
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) return descriptor;
    if (errno != EEXIST) fail(path, errno);
  }
}

}  // namespace

FileBatch::~FileBatch() { forget(); }

void FileBatch::make_folder_of(const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/'));
  if (folder == last_folder_) return;
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) fail(folder, problem.value());
  last_folder_ = folder;
}

void FileBatch::write(const std::string& path, std::string_view bytes) {
  make_folder_of(path);
  std::string temporary;
  const int descriptor = open_temporary(path, temporary);
  files_.push_back({descriptor, temporary, path});
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail(path, n < 0 ? errno : ENOSPC);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  ::sync_file_range(descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);  // so that fsync waits less
  if (files_.size() == kMostFiles) flush();
}

void FileBatch::flush() {
  for (const File& file : files_) {
    if (survives_ == Survives::power_failure && ::fsync(file.descriptor) != 0)
      fail(file.final, errno);
  }
  for (const File& file : files_) {
    if (::rename(file.temporary.c_str(), file.final.c_str()) != 0) fail(file.final, errno);
  }
  for (const File& file : files_) ::close(file.descriptor);
  files_.clear();
}

void FileBatch::forget() noexcept {
  for (const File& file : files_) {
    ::unlink(file.temporary.c_str());
    ::close(file.descriptor);
  }
  files_.clear();
}

}  // namespace faltung
