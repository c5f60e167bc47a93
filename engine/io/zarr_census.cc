// How much of a Zarr array is there: its chunks counted.
#include <filesystem>

#include "engine/io/containers.h"
#include "engine/io/staged_folder.h"
#include "engine/io/zarr_store.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

// Of version 2 the metadata begin with a dot.
Index count_files(const std::string& folder) {
  Index count = 0;
  StagedFolder::for_each_whole(folder, [&](const std::string& file) {
    count += fs::path(file).filename() != "zarr.json";
  });
  return count;
}

// Shards count as one.
Index count_announced(const std::string& folder) {
  ChunkedHeader header = open_zarr_array(folder)->header();
  for (int axis = 0; axis < header.chunks.rank(); ++axis) {
    header.chunks[axis] *= header.axes[static_cast<std::size_t>(axis)].axis.chunks_per_file;
  }
  return header.chunk_counts().product();
}

}  // namespace

std::string unfinished_zarr(const std::string& path) {
  const std::string normal = fs::path(path).lexically_normal().string();
  return StagedFolder::unfinished(normal, zarr_root(normal));
}

Census census_of_zarr(const std::string& path) {
  const std::string part = unfinished_zarr(path);
  std::error_code ignored;
  const bool unfinished = fs::exists(part, ignored);
  const std::string& folder = unfinished ? part : path;
  if (!fs::exists(folder, ignored)) return {};
  return {count_announced(folder), count_files(folder), !unfinished};
}

}  // namespace faltung
