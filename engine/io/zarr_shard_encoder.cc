// Turns the numbers of a shard into the bytes of its file: its chunks, encoded, and an index.
#include "engine/io/zarr_shard_encoder.h"

#include <cstdint>

#include "engine/io/strided_copy.h"
#include "engine/nd/view.h"

namespace faltung {
namespace {

constexpr std::uint64_t kMissing = ~std::uint64_t{0};

void append_number(std::uint64_t number, Bytes& bytes) {
  for (int byte = 0; byte < 8; ++byte) bytes.push_back(static_cast<char>(number >> 8 * byte));
}

}  // namespace

ShardEncoder::ShardEncoder(const ZarrHeader& header)
    : level_(header.shards.front()),
      chunks_(header.chunks),
      number_bytes_(header.type.bytes),
      codecs_(header.codecs),
      checksum_({{"crc32c"}}),
      in_shard_(row_major_strides(header.file_extents())),
      in_chunk_(row_major_strides(chunks_)) {
  // Not to hold it twice as it grows.
  file_.reserve(static_cast<std::size_t>(memory_bytes(header)));
}

const Bytes& ShardEncoder::encode(const Bytes& numbers, const Shape& inside) {
  index_.clear();
  file_.clear();
  for_each_position(level_.counts, [&](const Shape& at) {
    bool is_inside = true;
    for (int axis = 0; axis < at.rank(); ++axis) is_inside &= at[axis] < inside[axis];
    if (is_inside) {
      append(numbers, at);
    } else {
      append_number(kMissing, index_);
      append_number(kMissing, index_);
    }
  });
  checksum_.encode(index_);
  file_.insert(file_.end(), index_.begin(), index_.end());
  return file_;
}

void ShardEncoder::append(const Bytes& numbers, const Shape& at) {
  Index first = 0;
  for (int axis = 0; axis < at.rank(); ++axis) first += at[axis] * chunks_[axis] * in_shard_[axis];
  chunk_.resize(static_cast<std::size_t>(chunks_.product() * number_bytes_));
  copy_strided(number_bytes_, chunks_, numbers.data() + first * number_bytes_, in_shard_,
               chunk_.data(), in_chunk_);
  codecs_.encode(chunk_);
  append_number(file_.size(), index_);
  append_number(chunk_.size(), index_);
  file_.insert(file_.end(), chunk_.begin(), chunk_.end());
}

Index ShardEncoder::memory_bytes(const ZarrHeader& header) {
  const auto chunk = static_cast<Index>(header.chunk_bytes());
  const ShardLevel& level = header.shards.front();
  return level.counts.product() * chunk + 2 * chunk + 3 * level.index_bytes();
}

}  // namespace faltung
