// Shards of Zarr arrays with indexes that lie, and how little of them is read.
// tests/apps/zarr_shards_test.py has those that are right.
#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>

#include "engine/io/zarr_store.h"
#include "engine/nd/error.h"
#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;

namespace {

constexpr std::uint64_t kMissing = ~std::uint64_t{0};

// Eight-bit numbers, shards of 4, chunks of 2; INDEX and CHUNK stand for codecs and an extent.
constexpr const char* kArray = R"({"zarr_format": 3, "node_type": "array", "shape": [8],
  "data_type": "uint8",
  "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [SHARD]}},
  "chunk_key_encoding": {"name": "default"}, "fill_value": 9, "attributes": {},
  "codecs": [{"name": "sharding_indexed", "configuration": {"chunk_shape": [CHUNK],
    "codecs": [{"name": "bytes"}], "index_codecs": [INDEX]}}]})";
constexpr const char* kPlain = R"({"name": "bytes", "configuration": {"endian": "little"}})";
constexpr const char* kChecked =
    R"({"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"})";

std::string array_of(const std::string& shard, const std::string& chunk, const std::string& index) {
  std::string text = kArray;
  for (const auto& [mark, value] :
       {std::pair{"SHARD", shard}, std::pair{"CHUNK", chunk}, std::pair{"INDEX", index}}) {
    text.replace(text.find(mark), 5, value);
  }
  return text;
}

std::string index_of(std::initializer_list<std::uint64_t> numbers) {
  std::string bytes;
  for (std::uint64_t number : numbers) bytes.append(reinterpret_cast<const char*>(&number), 8);
  return bytes;
}

struct Store {
  Store() : path(folder / "a.zarr") {
    std::filesystem::create_directories(path + "/c");
    write_bytes(path + "/zarr.json", array_of("4", "2", kPlain));
  }
  Folder folder;
  std::string path;
};

void refused(const Store& store, std::initializer_list<const char*> words) {
  const std::string said = load_error(store.path);
  CAPTURE(said);
  CHECK(said.find(store.path) == 0);
  for (const char* word : words) {
    CAPTURE(word);
    CHECK(said.find(word) != said.npos);
  }
}

Index bytes_read_so_far() {
  std::ifstream file("/proc/self/io");
  std::string word;
  Index count = 0;
  file >> word >> count;  // rchar
  return count;
}

}  // namespace

TEST_CASE("io: a shard's chunks lie where its index says, the others hold the fill value") {
  const Store store;
  write_bytes(store.path + "/c/0", "cdab" + index_of({2, 2, 0, 2}));
  write_bytes(store.path + "/c/1", "..ef" + index_of({kMissing, kMissing, 2, 2}));
  CHECK(load(store.path, 3).samples == std::vector<double>{'a', 'b', 'c', 'd', 9, 9, 'e', 'f'});
}

TEST_CASE("io: an index that leads out of its shard, or twice to the same bytes, is refused") {
  const Store store;
  const auto stated = [&](std::initializer_list<std::uint64_t> numbers,
                          std::initializer_list<const char*> words) {
    write_bytes(store.path + "/c/0", "abcd" + index_of(numbers));
    refused(store, words);
  };
  constexpr std::uint64_t kHalf = std::uint64_t{1} << 63;
  stated({0, 2, 36, 2}, {"c/0: corrupt", "2 bytes at 36", "has 36"});
  stated({0, 2, 2, 1000000}, {"1000000 bytes at 2"});
  stated({kHalf, 2, 2, 2}, {"2 bytes at 9223372036854775808"});
  stated({kHalf, kHalf, 2, 2}, {"9223372036854775808 bytes at 9223372036854775808"});
  stated({0, kMissing, 2, 2}, {"18446744073709551615 bytes at 0"});
  stated({kMissing, 2, 2, 2}, {"2 bytes at 18446744073709551615"});
  stated({0, 2, 0, 2}, {"2 bytes at 0 within the 2 at 0"});
  stated({0, 2, 1, 2}, {"2 bytes at 1 within the 2 at 0"});
  stated({0, 2, 3, 2}, {"32 bytes at 4 within the 2 at 3"});  // the index itself
  stated({0, 2, 2, 0}, {"holds 0 bytes; its shape needs 2"});
  stated({0, 1, 2, 2}, {"holds 1 bytes; its shape needs 2"});
  stated({0, 4, 4, 0}, {"4 bytes for a chunk of 2"});
}

TEST_CASE("io: shards that end early, and indexes whose sum is wrong, are refused") {
  const Store store;
  write_bytes(store.path + "/c/0", "abcd");
  refused(store, {"c/0: truncated: a shard of 4 bytes; the index of its 2 chunks has 32"});
  write_bytes(store.path + "/zarr.json", array_of("4", "2", kChecked));
  write_bytes(store.path + "/c/0", "abcd" + index_of({0, 2, 2, 2}) + "sum?");
  refused(store, {"c/0: corrupt: its CRC-32C does not fit"});
}

TEST_CASE("io: shards are cut into whole chunks, and not into too many") {
  const Store store;
  const auto stated = [&](const char* shard, const char* chunk, const char* index,
                          std::initializer_list<const char*> words) {
    write_bytes(store.path + "/zarr.json", array_of(shard, chunk, index));
    refused(store, words);
  };
  stated("4", "3", kPlain, {"'chunk_shape' 3 in shards of 4", "whole chunks"});
  stated("4", "0", kPlain, {"'chunk_shape' 0 in shards of 4"});
  stated("0", "2", kPlain, {"'chunk_shape' 2 in shards of 0"});
  stated("4", "2, 2", kPlain, {"do not have as many axes"});
  stated("1099511627776", "1", kPlain, {"1099511627776 chunks", "at most 4194304"});
  stated("4", "2", R"({"name": "gzip"})", {"'gzip' of a shard's index"});
  stated("4", "2", "", {"'index_codecs' must hold 'bytes'"});
  stated("4", "2", R"({"name": "bytes", "configuration": {"endian": "odd"}})", {"'odd'"});
}

TEST_CASE("io: codecs around shards are refused by name") {
  const Store store;
  std::string text = array_of("4", "2", kPlain);
  text.replace(text.rfind("]}"), 2, R"(, {"name": "gzip"}]})");
  write_bytes(store.path + "/zarr.json", text);
  refused(store, {"codec 'sharding_indexed' in this place", "as the last"});
}

TEST_CASE("io: of a shard, one chunk's bytes and the index are read") {
  const Store store;
  constexpr std::size_t kShardBytes = std::size_t{1} << 24;
  std::string shard(kShardBytes, '-');
  shard.replace(kShardBytes / 2, 2, "ab");
  write_bytes(store.path + "/c/1", shard + index_of({kMissing, kMissing, kShardBytes / 2, 2}));
  const auto array = open_zarr_array(store.path);
  Bytes chunk;
  const Index before = bytes_read_so_far();
  REQUIRE(array->read(Shape{3}, chunk));
  CHECK(std::string(chunk.data(), chunk.size()) == "ab");
  CHECK_FALSE(array->read(Shape{2}, chunk));
  CHECK_FALSE(array->read(Shape{0}, chunk));
  CHECK(bytes_read_so_far() - before < 4096);
}
