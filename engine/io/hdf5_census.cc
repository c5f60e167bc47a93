// How much of an HDF5 output is there: chunks that are files, or noted, or in the file itself.
#include <filesystem>
#include <fstream>

#include "engine/io/containers.h"
#include "engine/io/hdf5_chunks.h"
#include "engine/io/staged_folder.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

// What begins with a dot has not its own name yet.
bool is_whole(const fs::directory_entry& entry) {
  std::error_code gone;
  return entry.path().filename().string()[0] != '.' && entry.is_regular_file(gone);
}

// Calls body(file) for those in a folder. Others may be renaming and removing meanwhile.
template <class Body>
void for_each_file(const std::string& folder, Body&& body) {
  std::error_code problem;
  fs::recursive_directory_iterator entries(folder, problem);
  while (!problem && entries != fs::recursive_directory_iterator()) {
    if (is_whole(*entries)) body(entries->path());
    entries.increment(problem);
  }
}

Index count_unfinished(const std::string& part) {
  Index count = 0;
  for_each_file(part + "/" + kHdf5Pieces, [&](const fs::path&) { ++count; });
  for_each_file(part + "/" + kHdf5Notes, [&](const fs::path& file) {
    std::ifstream note(file);
    for (Index number; note >> number;) ++count;
  });
  return count;
}

Index number_in(const std::string& text) {
  try {
    return std::stoll(text);
  } catch (const std::exception&) {
    return 0;
  }
}

}  // namespace

std::string unfinished_hdf5(const std::string& path) {
  const std::string file = hdf5_place_of(path).file;
  return StagedFolder::unfinished(file, file);
}

Census census_of_hdf5(const std::string& path) {
  const std::string part = unfinished_hdf5(path);
  std::error_code ignored;
  if (fs::exists(part, ignored)) {
    const Index chunks = number_in(StagedFolder::stated(part, kHdf5Count));
    return {chunks, chunks == 0 ? 0 : count_unfinished(part), false};
  }
  const Hdf5Place place = hdf5_place_of(path);
  if (!fs::exists(place.file, ignored)) return {};
  const Hdf5Reader reader(place.file, place.dataset);
  return {reader.header().chunk_counts().product(), reader.count_stored(), true};
}

}  // namespace faltung
