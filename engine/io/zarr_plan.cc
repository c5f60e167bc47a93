// How a Zarr output lies in its files: version, compressor, which chunks share a shard.
#include "engine/io/zarr_plan.h"

#include <algorithm>
#include <optional>

namespace faltung {
namespace {

constexpr int kBloscLevel = 5;      // as python-zarr writes by default: LZ4 costs little time
constexpr Index kShardBytes = 32 << 20;  // of numbers; writing holds a shard twice
constexpr Index kMostShardBytes = Index{1} << 31;
constexpr Index kNewRowBytes = 64 << 20;
constexpr Index kMostRowBytes = 256 << 20;  // of an input's shards

// Nothing where the input was no Zarr store.
std::optional<ZarrHeader> former_of(const Encoding& like) {
  if (!like.description || like.description->container != "zarr") return std::nullopt;
  const Json text = parse_json(like.description->header);
  const Index* version = text["zarr_format"].as<Index>();
  return version && *version == 3 ? parse_zarr_3(text) : parse_zarr_2(text, {});
}

bool has_many(const ChunkPlan& plan) {
  return plan.header.chunk_counts().product() > kManyFiles;
}

// Of a whole row, one chunk deep.
Index row_bytes(const ChunkPlan& plan) {
  const int stream = plan.roles.space[0];
  Index bytes = plan.header.type.bytes * plan.header.chunks[stream];
  for (int axis = 0; axis < plan.header.shape.rank(); ++axis) {
    const auto& items = plan.roles.items;
    const bool item = std::find(items.begin(), items.end(), axis) != items.end();
    if (axis != stream && !item) bytes *= plan.header.shape[axis];
  }
  return std::max<Index>(1, bytes);
}

bool is_several(const Shape& counts) {
  return std::any_of(counts.begin(), counts.end(), [](Index count) { return count > 1; });
}

bool fits(const ChunkedHeader& header, const Shape& counts) {
  try {
    const auto unit = static_cast<Index>(header.chunk_bytes());
    checked_product(counts, std::min(kMostShardBytes / unit, kMostShardChunks));
    return true;
  } catch (const Error&) {
    return false;
  }
}

// A shard is no larger than the array; of unknown extent it may become anything.
Shape within(const ChunkPlan& plan, Shape counts) {
  const Shape all = plan.header.chunk_counts();
  for (int axis = 0; axis < all.rank(); ++axis) {
    if (all[axis] > 0) counts[axis] = std::min(counts[axis], all[axis]);
  }
  return counts;
}

Shape asked(const ChunkPlan& plan, const Shape& wanted) {
  const std::vector<int>& space = plan.roles.space;
  const int rank = static_cast<int>(space.size());
  if (wanted.rank() > rank) {
    throw Error(Code::configuration, "chunks per file " + wanted.text() + " for " +
                                         std::to_string(rank) + " axes of space");
  }
  Shape counts = Shape::filled(plan.header.shape.rank(), 1);
  for (int i = 0; i < wanted.rank(); ++i) {
    counts[space[static_cast<std::size_t>(rank - wanted.rank() + i)]] = wanted[i];
  }
  counts = within(plan, counts);
  if (!is_several(counts) || fits(plan.header, counts)) return counts;
  throw Error(Code::configuration, counts.text() + " chunks per file, of " +
                                       std::to_string(plan.header.chunk_bytes()) +
                                       " bytes each; a file takes at most 2 GB and " +
                                       std::to_string(kMostShardChunks) + " chunks");
}

Shape inherited(const ChunkPlan& plan) {
  Shape counts = Shape::filled(plan.header.shape.rank(), 1);
  for (const std::vector<int>* axes : {&plan.roles.channels, &plan.roles.space}) {
    for (int axis : *axes) {
      counts[axis] = plan.header.axes[static_cast<std::size_t>(axis)].axis.chunks_per_file;
    }
  }
  Index& deep = counts[plan.roles.space[0]];
  deep = std::min(deep, std::max<Index>(1, kMostRowBytes / row_bytes(plan)));
  return within(plan, counts);
}

// Within a row of chunks first: then writing holds no more of the signal than without shards.
Shape grown(const ChunkPlan& plan) {
  const Shape all = plan.header.chunk_counts();
  const auto unit = static_cast<Index>(plan.header.chunk_bytes());
  Shape counts = Shape::filled(all.rank(), 1), limits = counts;
  for (std::size_t i = 1; i < plan.roles.space.size(); ++i) {
    limits[plan.roles.space[i]] = all[plan.roles.space[i]];
  }
  grow_evenly(counts, limits, unit, kShardBytes);
  if (!(counts == limits)) return counts;
  const int stream = plan.roles.space[0];
  limits[stream] = std::min(all[stream], std::max<Index>(1, kNewRowBytes / row_bytes(plan)));
  grow_evenly(counts, limits, unit, kShardBytes);
  return counts;
}

void cut_shards(const Shape& counts, ZarrHeader& header) {
  if (counts.product() == 1) return;
  ShardLevel level;
  level.counts = counts;
  level.order = header.order;
  level.index_checked = true;
  header.shards = {level};
}

int choose_version(const ChunkPlan& plan, const Encoding& like,
                   const std::optional<ZarrHeader>& former, int joined) {
  const bool is_asked = is_several(like.chunks_per_file);
  if (is_asked && joined == 2) {
    throw Error(Code::configuration,
                "several chunks per file need version 3 of Zarr; the store that is written into "
                "has version 2");
  }
  if (joined != 0) return joined;
  if (is_asked) return 3;
  if (former) return former->version;
  return like.chunks_per_file.rank() == 0 && has_many(plan) ? 3 : 2;
}

// Whether the version has them under the same name, as the other one does.
bool are_common(const std::vector<CodecChoice>& codecs) {
  const auto is_common = [](const CodecChoice& codec) {
    return codec.name == "blosc" || codec.name == "zstd" || codec.name == "gzip";
  };
  return codecs.size() <= 1 && std::all_of(codecs.begin(), codecs.end(), is_common);
}

void choose_codecs(const std::optional<ZarrHeader>& former, ZarrHeader& header) {
  const bool is_same = former && former->version == header.version;
  header.separator = is_same ? former->separator : '/';
  header.prefix = header.version == 3 ? std::string("c") + header.separator : "";
  header.codecs = {{"blosc", kBloscLevel}};
  if (is_same || (former && are_common(former->codecs))) header.codecs = former->codecs;
  for (CodecChoice& codec : header.codecs) codec.number_bytes = header.type.bytes;
}

// Returns whether nobody has asked for the shards.
bool choose_shards(const ChunkPlan& plan, const Encoding& like, ZarrHeader& header) {
  const Shape wanted = asked(plan, like.chunks_per_file), kept = inherited(plan);
  if (header.version != 3) return false;
  const bool is_free = like.chunks_per_file.rank() == 0;
  const bool keeps = is_free && is_several(kept) && fits(header, kept);
  const bool grows = is_free && !keeps && has_many(plan);
  cut_shards(keeps ? kept : grows ? grown(plan) : wanted, header);
  return grows && !header.shards.empty();
}

}  // namespace

ZarrPlan plan_zarr(const ChunkPlan& plan, const Encoding& like, int version) {
  ZarrPlan result;
  ZarrHeader& header = result.header;
  static_cast<ChunkedHeader&>(header) = plan.header;
  const std::optional<ZarrHeader> former = former_of(like);
  header.version = choose_version(plan, like, former, version);
  choose_codecs(former, header);
  result.by_itself = choose_shards(plan, like, header);
  ChunkedHeader whole = header;
  whole.chunks = header.file_extents();
  result.files = whole.chunk_counts().product();
  return result;
}

}  // namespace faltung
