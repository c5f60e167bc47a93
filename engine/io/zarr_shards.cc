// Chunks of a Zarr array that lie together in one file, a shard, and are found through its index.
#include "engine/io/zarr_shards.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "engine/io/codecs.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

constexpr Index kEntryBytes = 16;              // offset and size
constexpr Index kSumBytes = 4;                 // of a CRC-32C
constexpr Index kKeptBytes = 4 << 20;          // of indexes that a row of chunks comes back to
constexpr std::uint64_t kMissing = ~std::uint64_t{0};
constexpr ByteRun kNone{-1, -1};

[[noreturn]] void fail(const std::string& reason) { throw Error(Code::input, reason); }

void cut(const Shape& order, const Shape& inner, Shape& extents, ShardLevel& level) {
  const std::string claim = "'chunk_shape' " + inner.text() + " in shards of " + extents.text();
  if (inner.rank() != extents.rank() || inner.rank() != order.rank()) {
    fail(claim + " do not have as many axes as the array");
  }
  level.counts = extents;
  for (int i = 0; i < order.rank(); ++i) {
    const int axis = static_cast<int>(order[i]);
    if (inner[i] < 1 || extents[axis] < 1 || extents[axis] % inner[i] != 0) {
      fail(claim + "; a shard is cut into whole chunks of at least one number along each axis");
    }
    level.counts[axis] /= inner[i];
    extents[axis] = inner[i];
  }
  try {
    checked_product(level.counts, kMostShardChunks);
  } catch (const Error&) {
    fail(claim + ": " + level.counts.text() + " chunks; a shard has at most " +
         std::to_string(kMostShardChunks));
  }
}

void parse_index_codecs(const JsonList& codecs, ShardLevel& level) {
  for (std::size_t i = 0; i < codecs.size(); ++i) {
    const std::string& name = codecs[i].text("name");
    if (i == 0 && name == "bytes") {
      const std::string& endian = codecs[i]["configuration"].text("endian");
      if (endian != "little" && endian != "big") {
        fail("'endian' is '" + endian.substr(0, 20) + "'; allowed are little and big");
      }
      level.index_swapped = endian == "big";
    } else if (i == 1 && name == "crc32c") {
      level.index_checked = true;
    } else {
      fail("codec '" + name.substr(0, 40) + "' of a shard's index; allowed are bytes, crc32c");
    }
  }
  if (codecs.empty()) fail("'index_codecs' must hold 'bytes'");
}

std::uint64_t number_at(const char* bytes, bool swapped) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes, sizeof number);
  return swapped ? __builtin_bswap64(number) : number;
}

// The index's own place in the shard.
ByteRun place_of_index(const ByteRun& shard, const ShardLevel& level) {
  const Index bytes = level.index_bytes();
  if (shard.count >= bytes) return {level.index_at_start ? 0 : shard.count - bytes, bytes};
  fail("truncated: a shard of " + std::to_string(shard.count) + " bytes; the index of its " +
       level.counts.text() + " chunks has " + std::to_string(bytes));
}

// One entry of the index of a shard of `bytes`.
ByteRun entry(std::uint64_t offset, std::uint64_t count, Index bytes) {
  if (offset == kMissing && count == kMissing) return kNone;
  const auto size = static_cast<std::uint64_t>(bytes);
  if (offset <= size && count <= size - offset) {
    return {static_cast<Index>(offset), static_cast<Index>(count)};
  }
  fail("corrupt: its index states a chunk of " + std::to_string(count) + " bytes at " +
       std::to_string(offset) + ", the shard has " + std::to_string(size));
}

void refuse_overlaps(std::vector<ByteRun> runs) {
  std::erase_if(runs, [](const ByteRun& run) { return run.count <= 0; });
  std::sort(runs.begin(), runs.end(),
            [](const ByteRun& a, const ByteRun& b) { return a.offset < b.offset; });
  for (std::size_t i = 1; i < runs.size(); ++i) {
    if (runs[i].offset - runs[i - 1].offset >= runs[i - 1].count) continue;
    fail("corrupt: its index states " + std::to_string(runs[i].count) + " bytes at " +
         std::to_string(runs[i].offset) + " within the " + std::to_string(runs[i - 1].count) +
         " at " + std::to_string(runs[i - 1].offset));
  }
}

std::vector<ByteRun> read_table(const InputFile& file, const ByteRun& shard,
                                const ShardLevel& level) {
  const ByteRun place = place_of_index(shard, level);
  Bytes bytes(static_cast<std::size_t>(place.count));
  file.read_at(bytes.data(), place.count, shard.offset + place.offset);
  CodecChain sum(level.index_checked ? std::vector<CodecChoice>{{"crc32c"}}
                                     : std::vector<CodecChoice>{});
  sum.decode(bytes, static_cast<std::size_t>(level.counts.product() * kEntryBytes));
  std::vector<ByteRun> table;
  table.reserve(bytes.size() / kEntryBytes + 1);
  for (std::size_t at = 0; at < bytes.size(); at += kEntryBytes) {
    const auto number = [&](std::size_t i) {
      return number_at(&bytes[at + 8 * i], level.index_swapped);
    };
    table.push_back(entry(number(0), number(1), shard.count));
  }
  table.push_back(place);  // what lies in the index is refused, too
  refuse_overlaps(table);
  table.pop_back();
  return table;
}

}  // namespace

Index ShardLevel::index_bytes() const noexcept {
  return counts.product() * kEntryBytes + (index_checked ? kSumBytes : 0);
}

ShardLevel parse_shard_level(const Json& configuration, const Shape& order, Shape& extents) {
  ShardLevel level;
  level.order = order;
  cut(order, configuration.shape("chunk_shape"), extents, level);
  parse_index_codecs(configuration.list("index_codecs"), level);
  if (configuration["index_location"].is_null()) return level;
  const std::string& location = configuration.text("index_location");
  if (location != "start" && location != "end") {
    fail("'index_location' is '" + location.substr(0, 20) + "'; allowed are start and end");
  }
  level.index_at_start = location == "start";
  return level;
}

ShardIndexes::ShardIndexes(std::vector<ShardLevel> levels) : levels_(std::move(levels)) {
  const int rank = levels_.empty() ? 0 : levels_.front().counts.rank();
  units_.assign(levels_.size() + 1, Shape::filled(rank, 1));
  for (std::size_t i = levels_.size(); i-- > 0;) {
    for (int axis = 0; axis < rank; ++axis) {
      units_[i][axis] = units_[i + 1][axis] * levels_[i].counts[axis];
    }
  }
}

Shape ShardIndexes::file_of(const Shape& chunk) const {
  Shape file = chunk;
  for (int axis = 0; axis < units_[0].rank(); ++axis) file[axis] /= units_[0][axis];
  return file;
}

std::optional<ByteRun> ShardIndexes::find(const InputFile& file, const Shape& chunk) {
  ByteRun run{0, file.size()};
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    Index number = 0;
    for (Index a : levels_[i].order) {
      const int axis = static_cast<int>(a);
      const Index count = levels_[i].counts[axis];
      number = number * count + chunk[axis] / units_[i + 1][axis] % count;
    }
    const ByteRun inner = table_of(file, run, i)[static_cast<std::size_t>(number)];
    if (inner.offset < 0) return std::nullopt;
    run = {run.offset + inner.offset, inner.count};
  }
  return run;
}

Index ShardIndexes::memory_bytes() const noexcept {
  Index largest = 0;
  for (const ShardLevel& level : levels_) largest = std::max(largest, level.index_bytes());
  return levels_.empty() ? 0 : kKeptBytes + 4 * largest;  // stored, decoded, as a table, sorted
}

const ShardIndexes::Table& ShardIndexes::table_of(const InputFile& file, const ByteRun& shard,
                                                  std::size_t level) {
  const std::tuple key(file.path(), level, shard.offset);
  const auto known = tables_.find(key);
  if (known != tables_.end()) return known->second;
  Table table = read_table(file, shard, levels_[level]);
  const auto bytes = static_cast<Index>(table.size() * sizeof(ByteRun));
  if (kept_bytes_ + bytes > kKeptBytes) {
    tables_.clear();
    kept_bytes_ = 0;
  }
  kept_bytes_ += bytes;
  return tables_.emplace(key, std::move(table)).first->second;
}

}  // namespace faltung
