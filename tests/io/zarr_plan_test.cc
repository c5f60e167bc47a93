// How Zarr outputs lie in files: by themselves, as the input's, as asked for.
#include <doctest/doctest.h>

#include "engine/io/zarr_plan.h"

using namespace faltung;

namespace {

Format volume(Index slices, Index rows, Index cols) {
  Format format;
  format.extent = slices;
  format.inner = {rows, cols};
  return format;
}

// Of two bytes a number, in cubes; `together` of them along each axis in a file of the input.
Encoding in_cubes(const Format& format, Index chunk, Index together = 1) {
  Encoding like;
  like.sample = Encoding::Sample::u16;
  like.exact = true;
  Description description;
  description.space.resize(3);
  for (std::size_t i = 0; i < 3; ++i) {
    FileAxis& axis = description.space[i];
    axis.extent = i == 0 ? *format.extent : format.inner[static_cast<int>(i) - 1];
    axis.chunk = chunk;
    axis.chunks_per_file = together;
  }
  like.description = std::make_shared<const Description>(description);
  return like;
}

// The input was a store of that version.
Encoding of_version(int version, Encoding like) {
  ZarrHeader header;
  header.version = version;
  header.shape = header.chunks = {1};
  header.axes.resize(1);
  header.type = {'u', 2};
  Description description = *like.description;
  description.container = "zarr";
  description.header = zarr_metadata(header).dump();
  like.description = std::make_shared<const Description>(description);
  return like;
}

ZarrPlan plan(const Format& format, const Encoding& like, int joined = 0) {
  return plan_zarr(plan_chunks(format, like), like, joined);
}

Shape counts(const ZarrPlan& plan) {
  return plan.header.shards.empty() ? Shape{} : plan.header.shards.front().counts;
}

std::string refusal(const Format& format, const Encoding& like, int joined = 0) {
  try {
    plan(format, like, joined);
  } catch (const Error& error) {
    CHECK(error.code() == Code::configuration);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("io: a volume of 100 GB is some thousand files, whatever its chunks") {
  const Format format = volume(3300, 4000, 4096);  // 100 GB
  for (Index chunk : {0, 16, 64, 128}) {
    CAPTURE(chunk);
    const ZarrPlan large = plan(format, in_cubes(format, chunk));
    CHECK(large.by_itself);
    CHECK(large.header.version == 3);
    CHECK(large.files > 3000);
    CHECK(large.files < 30000);
    CHECK(counts(large)[0] == 1);  // no more of the signal is held than without shards
    CHECK(large.header.file_extents().product() * 2 <= 32 << 20);
  }
}

TEST_CASE("io: few files stay chunks, and stores of version 2 stay what they are") {
  const Format small = volume(100, 200, 300);
  CHECK(plan(small, in_cubes(small, 0)).header.version == 2);
  CHECK(plan(small, in_cubes(small, 64)).files == 2 * 4 * 5);
  const Format large = volume(3300, 4000, 4096);
  for (const ZarrPlan& kept : {plan(large, of_version(2, in_cubes(large, 64))),
                               plan(large, in_cubes(large, 64), 2)}) {
    CHECK(kept.header.version == 2);
    CHECK(kept.header.shards.empty());
    CHECK(kept.files == 52 * 63 * 64);
  }
  CHECK(counts(plan(large, of_version(3, in_cubes(large, 64)))).rank() == 3);
}

TEST_CASE("io: an input's shards are kept as far as a row of them can be held") {
  const Format small = volume(512, 512, 512);
  const ZarrPlan kept = plan(small, of_version(3, in_cubes(small, 64, 4)));
  CHECK(counts(kept) == Shape{4, 4, 4});
  CHECK_FALSE(kept.by_itself);
  CHECK(kept.files == 8);
  const Format wide = volume(512, 1024, 1024);  // a row of chunks is 128 MB
  CHECK(counts(plan(wide, of_version(3, in_cubes(wide, 64, 8)))) == Shape{2, 8, 8});
  const Format narrow = volume(512, 130, 512);  // no more than there are
  CHECK(counts(plan(narrow, of_version(3, in_cubes(narrow, 64, 4)))) == Shape{4, 3, 4});
  CHECK(counts(plan(small, of_version(3, in_cubes(small, 64, 4)), 2)).rank() == 0);
}

TEST_CASE("io: shards are as asked for, and make a store of version 3") {
  const Format format = volume(512, 512, 512);
  Encoding like = of_version(2, in_cubes(format, 64));
  like.chunks_per_file = {2, 100};
  CHECK(counts(plan(format, like)) == Shape{1, 2, 8});
  CHECK(plan(format, like).header.version == 3);
  like.chunks_per_file = {1};
  CHECK(plan(format, like).header.version == 2);
  Encoding sharded = of_version(3, in_cubes(format, 64, 4));
  sharded.chunks_per_file = {1};
  CHECK(counts(plan(format, sharded)).rank() == 0);
  const Format large = volume(3300, 4000, 4096);
  Encoding files = in_cubes(large, 64);
  files.chunks_per_file = {1};
  CHECK(plan(large, files).files == 52 * 63 * 64);
  CHECK(plan(large, files).header.version == 2);
}

TEST_CASE("io: shards that cannot be are refused") {
  const Format format = volume(4096, 4096, 4096);
  Encoding like = in_cubes(format, 64);
  like.chunks_per_file = {2, 2};
  CHECK(refusal(format, like, 2).find("need version 3") != std::string::npos);
  like.chunks_per_file = {1, 1, 1, 2};
  CHECK(refusal(format, like).find("1x1x1x2 for 3 axes") != std::string::npos);
  like.chunks_per_file = {64, 64, 64};
  CHECK(refusal(format, like).find("64x64x64 chunks per file, of 524288 bytes each") !=
        std::string::npos);
  like = in_cubes(format, 1);
  like.chunks_per_file = {2048, 2048, 2};
  CHECK(refusal(format, like).find("4194304 chunks") != std::string::npos);
}
