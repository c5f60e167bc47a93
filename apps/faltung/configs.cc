// Where the pipelines and data that come with the program are.
#include "apps/faltung/configs.h"

#include <filesystem>
#include <system_error>

#include "engine/nd/error.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

fs::path prefix() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path().parent_path();
}

std::string find_in(const std::string& installed, const fs::path& source, const std::string& name) {
  std::error_code error;
  const fs::path places[] = {prefix() / installed, source};
  for (const fs::path& place : places) {
    if (fs::exists(place / name, error)) return (place / name).string();
  }
  throw Error(Code::failure, "'" + name + "', which comes with the program, is neither in " +
                                 places[0].string() + " nor in " + places[1].string());
}

}  // namespace

std::string bundled(const std::string& name) {
  return find_in("share/faltung/configs", FALTUNG_SOURCE_CONFIGS, name);
}

std::string bundled_script(const std::string& name) {
  return find_in("share/faltung", FALTUNG_SOURCE_BENCH, name);
}

std::string python_package_path() {
  std::error_code error;
  const fs::path installed = prefix() / FALTUNG_PYTHON_DIR;
  return fs::exists(installed / "faltung", error) ? installed.string() : FALTUNG_BUILT_PYTHON;
}

}  // namespace faltung
