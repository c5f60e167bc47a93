// Where the pipelines and data that come with the program are.
#include "apps/faltung/configs.h"

#include <filesystem>
#include <system_error>

#include "engine/nd/error.h"

namespace faltung {

std::string bundled(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path places[] = {program.parent_path().parent_path() / "share/faltung/configs",
                             FALTUNG_SOURCE_CONFIGS};
  for (const fs::path& place : places) {
    if (fs::exists(place / name, error)) return (place / name).string();
  }
  throw Error(Code::failure, "'" + name + "', which comes with the program, is neither in " +
                                 places[0].string() + " nor in " + places[1].string());
}

}  // namespace faltung
