// Files as the containers see them: inputs checked before use, outputs staged under another name.
#include "engine/io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "engine/io/sink.h"
#include "engine/io/unfinished.h"

namespace faltung {
namespace {

constexpr std::size_t kWriteBuffer = 256 * 1024;  // small writes of the libraries are gathered
constexpr Index kWriteBack = 16 << 20;  // the disk begins this early, so that the sync is short

// The path behind symbolic links; a path that does not exist yet is its own target.
std::string resolved(const std::string& path) {
  char* real = ::realpath(path.c_str(), nullptr);
  if (!real) return path;
  std::string result = real;
  std::free(real);
  return result;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

InputFile::InputFile(const std::string& path) : path_(path) {
  // O_NONBLOCK: a FIFO must not make us wait before it can be refused.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) fail(std::string("cannot be opened: ") + std::strerror(errno));
  struct stat status {};
  const bool known = ::fstat(descriptor_, &status) == 0;
  const char* refusal = !known                     ? "cannot be examined"
                        : S_ISDIR(status.st_mode)  ? "is a folder; a file is needed"
                        : !S_ISREG(status.st_mode) ? "is not a regular file; - reads standard input"
                        : status.st_size == 0      ? "is empty"
                                                   : nullptr;
  if (refusal) {
    ::close(descriptor_);
    fail(refusal);
  }
  size_ = status.st_size;
  ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(other.descriptor_), size_(other.size_) {
  other.descriptor_ = -1;
}

InputFile::~InputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string InputFile::bytes_at(Index offset, Index count) const {
  std::string bytes(static_cast<std::size_t>(count), '\0');
  bytes.resize(static_cast<std::size_t>(read_at(bytes.data(), count, offset)));
  return bytes;
}

Index InputFile::read_at(void* to, Index count, Index offset) const {
  Index done = 0;
  while (done < count) {
    const ssize_t n = ::pread(descriptor_, static_cast<char*>(to) + done,
                              static_cast<std::size_t>(count - done), offset + done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(std::string("cannot be read: ") + std::strerror(errno));
    if (n == 0) break;
    done += n;
  }
  return done;
}

void InputFile::fail(const std::string& reason) const {
  throw Error(Code::input, path_ + ": " + reason);
}

StagedFile::StagedFile(const std::string& path, Role role)
    : path_(path), target_(resolved(path)) {
  if (name_of(target_).empty()) fail("it names a folder");
  if (role == Role::output) lock_.emplace(target_, path);
  buffer_.reserve(kWriteBuffer);
  open_temporary();
}

void StagedFile::open_temporary() {
  struct stat old {};
  const bool replaces = ::stat(target_.c_str(), &old) == 0;
  if (replaces && S_ISDIR(old.st_mode)) fail("it is a folder");
  if (replaces && !S_ISREG(old.st_mode)) fail("it is not a regular file");
  for (int n = 0; descriptor_ < 0; ++n) {
    temporary_ = part_path(target_, ::getpid(), n);
    descriptor_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && errno != EEXIST) fail(std::strerror(errno));
  }
  slot_ = remember_unfinished(temporary_);
  if (replaces) (void)!::fchmod(descriptor_, old.st_mode & 07777);  // a courtesy: may be refused
}

StagedFile::~StagedFile() {
  if (descriptor_ < 0) return;
  if (checkpoint_ < 0) ::unlink(temporary_.c_str());
  forget_unfinished(slot_);
  ::close(descriptor_);
}

bool StagedFile::put(const void* data, std::size_t bytes, Index offset) noexcept {
  const char* p = static_cast<const char*>(data);
  while (bytes > 0 && error_ == 0) {
    const ssize_t n = ::pwrite(descriptor_, p, bytes, offset);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      error_ = n < 0 ? errno : ENOSPC;
      break;
    }
    p += n;
    offset += n;
    bytes -= static_cast<std::size_t>(n);
  }
  return error_ == 0;
}

bool StagedFile::flush() noexcept {
  if (!put(buffer_.data(), buffer_.size(), start_)) return false;
  start_ += static_cast<Index>(buffer_.size());
  buffer_.clear();
  if (start_ - written_back_ >= kWriteBack) {
    ::sync_file_range(descriptor_, written_back_, start_ - written_back_, SYNC_FILE_RANGE_WRITE);
    written_back_ = start_;
  }
  return true;
}

bool StagedFile::try_write(const void* data, std::size_t bytes) noexcept {
  if (buffer_.size() + bytes > kWriteBuffer && !flush()) return false;
  if (bytes >= kWriteBuffer) {
    if (!put(data, bytes, start_)) return false;
    start_ += static_cast<Index>(bytes);
    return flush();
  }
  const char* p = static_cast<const char*>(data);
  buffer_.insert(buffer_.end(), p, p + bytes);
  return error_ == 0;
}

Index StagedFile::try_read(void* data, std::size_t bytes) noexcept {
  if (!flush()) return -1;
  const ssize_t n = ::pread(descriptor_, data, bytes, start_);
  if (n > 0) start_ += n;
  return n;
}

Index StagedFile::position() const noexcept { return start_ + static_cast<Index>(buffer_.size()); }

Index StagedFile::size() noexcept {
  struct stat status {};
  if (!flush() || ::fstat(descriptor_, &status) != 0) return -1;
  return status.st_size;
}

Index StagedFile::seek(Index offset, int whence) noexcept {
  const Index origin = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position() : size();
  if (!flush() || origin < 0 || origin + offset < 0) return -1;
  return start_ = origin + offset;
}

void StagedFile::write(const void* data, std::size_t bytes) {
  if (!try_write(data, bytes)) check();
}

void StagedFile::write_at(const void* data, std::size_t bytes, Index offset) {
  if (!flush() || !put(data, bytes, offset)) check();
}

void StagedFile::read_at(void* data, std::size_t bytes, Index offset) {
  flush();
  check();
  if (::pread(descriptor_, data, bytes, offset) != static_cast<ssize_t>(bytes)) {
    fail("its temporary file cannot be read back");
  }
}

void StagedFile::truncate(Index size) {
  flush();
  if (error_ == 0 && ::ftruncate(descriptor_, size) != 0) error_ = errno;
  check();
}

void StagedFile::checkpoint() {
  const Index here = size();
  check();
  if (checkpoint_ < 0 && lock_) lock_->keep_parts();
  checkpoint_ = here;
  forget_unfinished(slot_);
  slot_ = -1;
}

void StagedFile::sync() {
  if (flush() && ::fdatasync(descriptor_) != 0) error_ = errno;
  check();
}

void StagedFile::refuse_writes() noexcept {
  if (error_ == 0) error_ = ECANCELED;
}

void StagedFile::rewind() {
  if (checkpoint_ < 0) fail("nothing of it could be kept");
  error_ = 0;
  buffer_.clear();
  start_ = checkpoint_;
  truncate(checkpoint_);
}

void StagedFile::check() const {
  if (error_ != 0) fail(std::strerror(error_));
}

void StagedFile::commit() {
  if (flush() && ::fsync(descriptor_) != 0) error_ = errno;
  check();
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(std::strerror(errno));
  forget_unfinished(slot_);
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail(std::strerror(errno));
  const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {  // a folder that may not be read cannot be synced; the file is there
    ::fsync(folder);
    ::close(folder);
  }
  lock_.reset();
}

void StagedFile::fail(const std::string& reason) const {
  throw Error(Code::output, "cannot write " + path_ + ": " + reason);
}

bool same_file(const std::string& a, const std::string& b) {
  struct stat sa {
  }, sb{};
  return ::stat(a.c_str(), &sa) == 0 && ::stat(b.c_str(), &sb) == 0 && sa.st_dev == sb.st_dev &&
         sa.st_ino == sb.st_ino;
}

}  // namespace faltung
