// How much of an HDF5 output is there: chunks that are files, or noted, or in the file itself.
#include <filesystem>
#include <fstream>

#include "engine/io/containers.h"
#include "engine/io/hdf5_chunks.h"
#include "engine/io/staged_folder.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

Index count_unfinished(const std::string& part) {
  Index count = 0;
  StagedFolder::for_each_whole(part + "/" + kHdf5Pieces, [&](const std::string&) { ++count; });
  StagedFolder::for_each_whole(part + "/" + kHdf5Notes, [&](const std::string& file) {
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
