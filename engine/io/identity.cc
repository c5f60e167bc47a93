// Short texts that change when what they stand for changes, for StoreOptions::identity.
#include "engine/io/identity.h"

#include <sys/stat.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>

#include "engine/io/formats.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

constexpr Index kHeadBytes = 64 * 1024;  // the headers of all containers, most tables' first lines

std::uint64_t hash_of(std::string_view bytes) noexcept {
  std::uint64_t hash = 14695981039346656037U;
  for (char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211U;
  return hash;
}

std::string hexadecimal(std::uint64_t hash) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

std::string size_and_time(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return "gone";
  return std::to_string(status.st_size) + " " + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec);
}

// A sum, so that the order in which the system lists files does not matter.
std::string folder_identity(const std::string& path) {
  std::uint64_t sum = 0;
  std::error_code problem;
  for (const auto& entry : fs::recursive_directory_iterator(path, problem)) {
    if (entry.is_directory(problem)) continue;
    const std::string file = entry.path().string();
    sum += hash_of(file.substr(path.size()) + " " + size_and_time(file));
  }
  if (problem) throw Error(Code::input, path + ": cannot be listed: " + problem.message());
  return hexadecimal(sum);
}

}  // namespace

std::string fingerprint(std::string_view bytes) { return hexadecimal(hash_of(bytes)); }

std::string input_identity(const std::string& path) {
  if (path == "-") return path;
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return path + " " + folder_identity(path);
  const std::string holder = holder_of(path);
  const InputFile file(holder);
  const std::string head = file.bytes_at(0, std::min(file.size(), kHeadBytes));
  return path + " " + size_and_time(holder) + " " + fingerprint(head);
}

}  // namespace faltung
