// SHA-256 of outputs, as `sha256sum` prints it.
#include "apps/faltung/checksum.h"

#include <nettle/sha2.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <vector>

#include "engine/io/file.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

constexpr Index kPiece = 1 << 20;  // bytes read at a time

class Sha256 {
 public:
  Sha256() { sha256_init(&state_); }
  void add(std::string_view bytes) {
    sha256_update(&state_, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
  }
  std::string digits() {
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
    sha256_digest(&state_, digest.size(), digest.data());
    std::string text;
    for (const std::uint8_t byte : digest) {
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    return text;
  }

 private:
  sha256_ctx state_{};
};

// An empty file is refused by InputFile, and is nothing to read.
std::string digits_of(const std::string& path) {
  Sha256 sum;
  if (fs::file_size(path) == 0) return sum.digits();
  const InputFile file(path);
  for (Index at = 0; at < file.size(); at += kPiece) sum.add(file.bytes_at(at, kPiece));
  return sum.digits();
}

std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      names.push_back("./" + entry.path().lexically_relative(folder).string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Measured measure(const std::string& path) try {
  if (!fs::is_directory(path)) return {bytes_of(path), digits_of(path)};
  Sha256 sum;
  for (const std::string& name : files_below(path)) {
    sum.add(digits_of((fs::path(path) / name).string()) + "  " + name + "\n");
  }
  return {bytes_of(path), sum.digits()};
} catch (const fs::filesystem_error& error) {
  throw Error(Code::input, path + ": cannot be read back: " + error.code().message());
}

Index bytes_of(const std::string& path) {
  std::error_code absent;
  if (!fs::is_directory(path, absent)) {
    const auto size = fs::is_regular_file(path, absent) ? fs::file_size(path, absent) : 0;
    return absent ? 0 : static_cast<Index>(size);
  }
  Index bytes = 0;
  for (const std::string& name : files_below(path)) {
    bytes += static_cast<Index>(fs::file_size(fs::path(path) / name, absent));
  }
  return bytes;
}

}  // namespace faltung
