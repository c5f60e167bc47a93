// An array on disk that is kept in chunks, whatever the file format: Zarr's and HDF5's common view.
//
// Chunks are numbered along every axis of the file; edge chunks have full extent in memory. Shapes
// are hostile until require_sane_chunks() has seen them.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "engine/io/axis_roles.h"
#include "engine/io/codecs.h"
#include "engine/io/number_type.h"

namespace faltung {

struct ChunkedHeader {
  Shape shape;   // of the whole array
  Shape chunks;  // extents of one chunk
  Shape order;   // the axes as they lie within a chunk, slowest first: 0, 1, 2 in C's order
  NumberType type;
  // One number of `type`, where a chunk is missing or beyond the edge.
  alignas(8) std::array<char, 8> fill{};
  std::vector<StatedAxis> axes;  // one for each of the shape's
  std::string container;         // as Description's
  std::string header;            // as Description's

  std::size_t chunk_bytes() const noexcept {
    return static_cast<std::size_t>(chunks.product() * type.bytes);
  }
  Shape chunk_strides() const;  // in numbers, as `order` says
  Shape chunk_counts() const;   // along each axis
};

// Throws Error{input} "path: …" naming what is stated and what is allowed: extents of 1 to 2^36,
// less than 2^59 numbers, chunks of at most 2^30 numbers and 2 GB.
void require_sane_chunks(const std::string& path, const ChunkedHeader& header);

class ChunkedArray {
 public:
  virtual ~ChunkedArray() = default;

  virtual const std::string& path() const noexcept = 0;
  virtual const ChunkedHeader& header() const noexcept = 0;

  // Fills `out` with the chunk's numbers, header().chunk_bytes() of them; false: it is not stored.
  // Throws Error{input} naming the chunk.
  virtual bool read(const Shape& chunk, Bytes& out) = 0;

  virtual Index memory_bytes() const { return 0; }  // held beside the chunk, at most
};

// Streams an array: one row of chunks along the stream axis is held, and each chunk is read once
// for every item that it holds. `channel_axis` as in SourceOptions.
std::unique_ptr<Source> make_chunked_source(std::unique_ptr<ChunkedArray> array,
                                            const SourceOptions& options);

}  // namespace faltung
