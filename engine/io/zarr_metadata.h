// What the metadata of a Zarr array say, versions 2 and 3, and metadata written from it.
//
// Formats: Zarr storage specification 2 (zarr-specs, 2022) and core protocol 3.0 (2023).
// Read: regular grids; types u1 u2 u4 i1 i2 i4 f2 f4 f8 in both byte orders; C and F order and
// transposes; zlib, gzip, zstd, blosc, crc32c; sharding_indexed. Anything else is refused by name:
// filters, structured types, codecs around shards.
#pragma once

#include <string>
#include <vector>

#include "engine/io/chunked_array.h"
#include "engine/io/json.h"
#include "engine/io/zarr_shards.h"

namespace faltung {

struct ZarrHeader : ChunkedHeader {
  int version = 2;
  char separator = '.';     // between the numbers in a chunk's name
  std::string prefix = "";  // before them: "c" and a separator in version 3
  std::vector<CodecChoice> codecs;
  std::vector<ShardLevel> shards;  // outermost first; none: each chunk is a file
  Json attributes;

  Shape file_extents() const;  // of an outermost shard; of a chunk where there are none
  std::string chunk_name(const Shape& chunk) const;  // of the file: "0.3.1", "c/0/3/1"
};

// From .zarray and .zattrs (null: there is none), or from zarr.json. Axes are named where the
// attributes or the metadata do so, and have spacing 1. Throws Error{input} without a path.
ZarrHeader parse_zarr_2(const Json& array, const Json& attributes);
ZarrHeader parse_zarr_3(const Json& array);

// The text of .zarray (attributes go to .zattrs), or of zarr.json with the attributes; of an array
// in C's order. Version 2 has no shards.
Json zarr_metadata(const ZarrHeader& header);

Json zarr_axis_names(const ZarrHeader& header);  // a list; null where no axis has a name

}  // namespace faltung
