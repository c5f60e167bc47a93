// How a Zarr output lies in its files: version, compressor, which chunks share a shard.
#pragma once

#include "engine/io/chunk_plan.h"
#include "engine/io/source.h"
#include "engine/io/zarr_metadata.h"

namespace faltung {

// Above, copying and listing a store takes longer than its bytes.
constexpr Index kManyFiles = 10000;

struct ZarrPlan {
  ZarrHeader header;
  bool by_itself = false;  // nobody has asked for the shards, and the input had none
  Index files = 0;         // 0: not known yet
};

// Version and compressor are the input's where that was a Zarr store, else 2 and blosc; a
// compressor that the other version has not gives way to blosc. Shards, which version 3 alone has,
// are as `like.chunks_per_file` asks; else the input's, with fewer chunks along the stream axis
// where a row of them would take more than 256 MB; else, where there would be more than kManyFiles,
// of about 32 MB, within a row of chunks. A new store of something else than Zarr is of version 3
// then. No shard has more chunks along an axis than the array has, nor several items.
//
// `version` is that of the store which the array joins; 0: none. Throws Error{configuration} for
// shards asked for that it cannot have, with more axes than there are of space, or of more than
// 2 GB.
ZarrPlan plan_zarr(const ChunkPlan& plan, const Encoding& like, int version);

}  // namespace faltung
