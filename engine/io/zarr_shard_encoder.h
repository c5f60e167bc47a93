// Turns the numbers of a shard into the bytes of its file: its chunks, encoded, and an index.
//
// Format: as zarr_shards.h. Chunks lie in C's order without gaps; the index, in the low byte first,
// with a CRC-32C, follows them.
#pragma once

#include "engine/io/zarr_metadata.h"

namespace faltung {

class ShardEncoder {
 public:
  // For arrays in C's order with one level of shards whose index is such.
  explicit ShardEncoder(const ZarrHeader& header);

  // `numbers` of a whole shard. Of its chunks the first `inside` along each axis are stored: those
  // that begin beyond the array are not. The result holds until the next call.
  const Bytes& encode(const Bytes& numbers, const Shape& inside);

  // What it holds beside the numbers, with nothing compressed.
  static Index memory_bytes(const ZarrHeader& header);

 private:
  void append(const Bytes& numbers, const Shape& at);

  ShardLevel level_;
  Shape chunks_;
  int number_bytes_;
  CodecChain codecs_, checksum_;
  Shape in_shard_, in_chunk_;  // strides, in numbers
  Bytes chunk_, index_, file_;
};

}  // namespace faltung
