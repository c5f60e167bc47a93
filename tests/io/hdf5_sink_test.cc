// HDF5 files written, in place and in pieces: whole or not at all, gone on with. tests/apps lets
// other programs read them, and has shards.
#include <doctest/doctest.h>

#include <filesystem>

#include "engine/io/census.h"
#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;
namespace fs = std::filesystem;

namespace {

constexpr Index kRow = 4, kExtent = 10;

FileAxis axis(const char* name, Index extent, Index chunk) {
  FileAxis result;
  result.name = name;
  result.extent = extent;
  result.chunk = chunk;
  return result;
}

// Chunks of four positions; packed ones are written in pieces, others in place.
Encoding encoding(bool packed) {
  Encoding like;
  like.sample = Encoding::Sample::f32;
  Description description;
  description.space = {axis("x", kExtent, kRow)};
  description.container = "hdf5";
  description.header =
      packed ? R"({"filters": [{"name": "zlib", "level": 1}]})" : R"({"filters": []})";
  like.description = std::make_shared<const Description>(description);
  return like;
}

std::unique_ptr<Sink> open_sink(const std::string& path, bool packed, const std::string& pipeline,
                                std::optional<Index> extent = kExtent) {
  Format format;
  format.extent = extent;
  StoreOptions options;
  if (!pipeline.empty()) options.identity["pipeline"] = pipeline;
  return create_sink(path, format, encoding(packed), options);
}

// Position n holds n + 1.
void write(Sink& sink, Index first, Index count) {
  std::vector<float> samples;
  for (Index n = first; n < first + count; ++n) samples.push_back(static_cast<float>(n + 1));
  sink.write(SlabOf<float>{samples.data(), 1, count, 1, count});
}

std::vector<double> counted(Index extent) {
  std::vector<double> samples;
  for (Index n = 0; n < extent; ++n) samples.push_back(static_cast<double>(n + 1));
  return samples;
}

using Stretches = std::vector<Stretch>;

}  // namespace

TEST_CASE("io: an HDF5 file is gone on with after its last complete row, with the same bytes") {
  for (const bool packed : {false, true}) {
    CAPTURE(packed);
    const Folder folder;
    const std::string path = folder / "a.h5";
    const auto undisturbed = open_sink(folder / "b.h5", packed, "p");
    write(*undisturbed, 0, kExtent);
    undisturbed->commit();
    write(*open_sink(path, packed, "p"), 0, 2 * kRow + 1);
    CHECK_FALSE(fs::exists(path));
    {
      const auto sink = open_sink(path, packed, "p");
      CHECK(sink->done() == Stretches{{0, 0, 2 * kRow}});
      sink->seek(0, 2 * kRow);
      write(*sink, 2 * kRow, kExtent - 2 * kRow);
      sink->commit();
    }
    CHECK(load(path, 3).samples == counted(kExtent));
    CHECK(read_bytes(path) == read_bytes(folder / "b.h5"));
    CHECK(folder.names() == std::vector<std::string>{"a.h5", "b.h5"});
  }
}

TEST_CASE("io: chunks of an HDF5 file are counted before it is complete and after") {
  for (const bool packed : {false, true}) {
    CAPTURE(packed);
    const Folder folder;
    const std::string path = folder / "a.h5";
    const auto check = [&](Index chunks, Index there, bool complete) {
      const Census census = take_census(path);
      CHECK(census.chunks == chunks);
      CHECK(census.there == there);
      CHECK(census.complete == complete);
    };
    check(0, 0, false);
    const auto sink = open_sink(path, packed, "p");
    check(3, 0, false);
    write(*sink, 0, 2 * kRow + 1);
    check(3, 2, false);
    write(*sink, 2 * kRow + 1, kExtent - 2 * kRow - 1);
    check(3, 3, false);
    sink->commit();
    check(3, 3, true);
    write(*open_sink(path, packed, "q"), 0, kRow);  // the former one stays meanwhile
    check(3, 1, false);
  }
}

TEST_CASE("io: an HDF5 file that lacks chunks is not counted as whole") {
  const Folder folder;
  const std::string path = folder / "a.h5";
  const auto sink = open_sink(path, true, "");
  write(*sink, 0, kRow);
  fs::remove(folder / ".a.h5.part/chunks/0");
  write(*sink, kRow, kExtent - kRow);
  sink->commit();
  CHECK(take_census(path).chunks == 3);
  CHECK(take_census(path).there == 2);
}

TEST_CASE("io: stores and HDF5 files can be shared, other files cannot") {
  for (const char* path : {"a.zarr", "a.zarr/b", "a.h5", "a.h5:/b", "a.hdf5"}) {
    CAPTURE(path);
    CHECK(can_be_shared(path));
  }
  for (const char* path : {"a.npy", "a.nii.gz", "a.tif", "a", "-"}) {
    CAPTURE(path);
    CHECK_FALSE(can_be_shared(path));
  }
  CHECK(shared_extensions() == ".zarr .h5 .hdf5 .hdf");
}

TEST_CASE("io: an HDF5 file of another pipeline or another way begins anew") {
  const Folder folder;
  const std::string path = folder / "a.h5";
  write(*open_sink(path, false, "p"), 0, kRow);
  CHECK(open_sink(path, true, "p")->done().empty());
  write(*open_sink(path, true, "p"), 0, kRow);
  CHECK(open_sink(path, true, "q")->done().empty());
}

TEST_CASE("io: what is noted of an HDF5 file goes with it") {
  const Folder folder;
  const std::string path = folder / "a.h5", part = folder / ".a.h5.part";
  write(*open_sink(path, false, "p"), 0, kRow);
  fs::rename(part + "/whole.h5", path);  // a job died between its commit and tidying up
  for (int times = 0; times < 2; ++times) CHECK(open_sink(path, false, "p")->done().empty());
  CHECK(fs::exists(path));
}

TEST_CASE("io: an unknown or shorter extent is stated when the HDF5 file is complete") {
  const Folder folder;
  for (const bool packed : {false, true}) {
    for (const Index came : {Index{2}, Index{7}}) {
      for (std::optional<Index> stated : {std::optional<Index>(), std::optional<Index>(kExtent)}) {
        CAPTURE(packed);
        CAPTURE(came);
        const auto sink = open_sink(folder / "a.h5", packed, "", stated);
        write(*sink, 0, came);
        sink->commit();
        CHECK(load(folder / "a.h5", 2).samples == counted(came));
      }
    }
  }
}

TEST_CASE("io: without commit and identity nothing stays of an HDF5 file, and a former one does") {
  for (const bool packed : {false, true}) {
    const Folder folder;
    const std::string path = folder / "a.h5";
    write_bytes(path, "former");
    write(*open_sink(path, packed, ""), 0, 2 * kRow);
    CHECK(read_bytes(path) == "former");
    CHECK(folder.names() == std::vector<std::string>{"a.h5"});
  }
}
