// Chunks of a Zarr array that lie together in one file, a shard, and are found through its index.
//
// Format: the codec sharding_indexed 1.0 of Zarr 3 (zarr-specs, 2023). Shards may hold shards; an
// index is stored plain, in either byte order, with or without CRC-32C. Only the index and what is
// asked for are read, never a shard as a whole.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "engine/io/file.h"
#include "engine/io/json.h"

namespace faltung {

constexpr Index kMostShardChunks = Index{1} << 22;  // in one shard: an index of 64 MB

// How the shards of one level are cut.
struct ShardLevel {
  Shape counts;  // of what lies in a shard, along each axis of the array
  Shape order;   // the axes as the index has them, slowest first
  bool index_at_start = false;
  bool index_swapped = false;  // not in this machine's byte order
  bool index_checked = false;  // a CRC-32C follows it

  Index index_bytes() const noexcept;
};

// `extents` are a shard's, and become those of what lies in it. Throws Error{input} without a
// path, also for more than kMostShardChunks in a shard.
ShardLevel parse_shard_level(const Json& configuration, const Shape& order, Shape& extents);

struct ByteRun {
  Index offset = 0;
  Index count = 0;
};

class ShardIndexes {
 public:
  explicit ShardIndexes(std::vector<ShardLevel> levels);  // outermost first

  Shape file_of(const Shape& chunk) const;  // the outermost shard that the chunk lies in

  // Where in that shard's file the chunk's bytes lie; nothing where it is not stored. Throws
  // Error{input} without a path where the index is corrupt, or has chunks beyond the shard or in
  // each other.
  std::optional<ByteRun> find(const InputFile& file, const Shape& chunk);

  Index memory_bytes() const noexcept;  // of the indexes that are kept, at most

 private:
  using Table = std::vector<ByteRun>;

  const Table& table_of(const InputFile& file, const ByteRun& shard, std::size_t level);

  std::vector<ShardLevel> levels_;
  std::vector<Shape> units_;  // in chunks: shards of each level, then a chunk
  std::map<std::tuple<std::string, std::size_t, Index>, Table> tables_;  // file, level, offset
  Index kept_bytes_ = 0;                                                 // of them
};

}  // namespace faltung
