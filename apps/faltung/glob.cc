// Files by patterns: * ? [a-z] within a name, ** for any number of folders.
#include "apps/faltung/glob.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <span>

#include "engine/io/formats.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;
using Parts = std::span<const std::string>;

constexpr const char* kWildcards = "*?[";

std::vector<std::string> split(const std::string& pattern) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < pattern.size();) {
    const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
    if (end > begin) parts.push_back(pattern.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool is_link(const fs::path& path) {
  std::error_code ignored;
  return fs::is_symlink(path, ignored);
}

class Walk {
 public:
  std::set<std::string> found;

  void go(const fs::path& folder, Parts parts) {
    const std::string& part = parts.front();
    if (part == "**") return go_deep(folder, parts);
    if (!is_glob(part)) return take(folder / part, parts);
    for (const fs::path& path : entries(folder)) {
      const bool matches =
          ::fnmatch(part.c_str(), path.filename().c_str(), FNM_PERIOD) == 0;
      if (matches) take(path, parts);
    }
  }

 private:
  void take(const fs::path& path, Parts parts) {
    std::error_code ignored;
    if (parts.size() > 1) {
      if (is_plain_folder(path)) go(path, parts.subspan(1));
    } else if (fs::exists(path, ignored) && !is_plain_folder(path)) {
      found.insert(path.string());
    }
  }

  void go_deep(const fs::path& folder, Parts parts) {
    static const std::string kAny = "*";  // "**" at the end: every file below
    go(folder, parts.size() > 1 ? parts.subspan(1) : Parts(&kAny, 1));
    for (const fs::path& path : entries(folder)) {
      const bool hidden = path.filename().string().starts_with('.');
      if (!hidden && is_plain_folder(path) && !is_link(path)) go_deep(path, parts);
    }
  }

  static std::vector<fs::path> entries(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder, error)) {
      paths.push_back(folder / entry.path().filename());
    }
    const bool absent = error == std::errc::no_such_file_or_directory;
    if (error && !absent) {
      throw Error(Code::input, folder.string() + ": cannot be read: " + error.message());
    }
    return paths;
  }
};

}  // namespace

bool is_glob(const std::string& text) { return text.find_first_of(kWildcards) != text.npos; }

bool is_plain_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored) && !container_for_path(path);
}

std::vector<std::string> glob(const std::string& pattern, const std::string& folder) {
  const std::vector<std::string> parts = split(pattern);
  Walk walk;
  if (!parts.empty()) walk.go(pattern.starts_with('/') ? "/" : folder, parts);
  return {walk.found.begin(), walk.found.end()};
}

std::string fixed_part(const std::string& pattern) {
  const std::size_t slash = pattern.rfind('/', pattern.find_first_of(kWildcards));
  return slash == pattern.npos ? "" : pattern.substr(0, slash + 1);
}

}  // namespace faltung
