// What the program remembers between runs.
#include "apps/faltung/cache.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace faltung {
namespace {

namespace fs = std::filesystem;

fs::path base_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache && fs::path(cache).is_absolute()) return cache;
  const char* home = std::getenv("HOME");
  return home && *home ? fs::path(home) / ".cache" : fs::path();
}

}  // namespace

std::string cache_folder() {
  const fs::path base = base_folder();
  if (base.empty()) return "";
  std::error_code error;
  fs::create_directories(base / "faltung", error);
  return fs::is_directory(base / "faltung", error) ? (base / "faltung").string() : "";
}

std::string read_cache(const std::string& name) {
  const std::string folder = cache_folder();
  if (folder.empty()) return "";
  std::ostringstream text;
  text << std::ifstream(fs::path(folder) / name).rdbuf();
  return text.str();
}

void write_cache(const std::string& name, const std::string& text) {
  const std::string folder = cache_folder();
  if (folder.empty()) return;
  const fs::path target = fs::path(folder) / name;
  const fs::path temporary = target.string() + "." + std::to_string(getpid());
  std::ofstream file(temporary);
  file << text;
  file.close();
  std::error_code error;
  if (file) fs::rename(temporary, target, error);
  if (!file || error) fs::remove(temporary, error);
}

}  // namespace faltung
