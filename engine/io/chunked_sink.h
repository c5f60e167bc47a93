// Cuts a signal into the chunks of an array, a row of them along the stream axis at a time.
#pragma once

#include <memory>

#include "engine/io/chunk_plan.h"
#include "engine/io/sink.h"

namespace faltung {

// Where chunks go; a file format each.
class ChunkedWriter {
 public:
  virtual ~ChunkedWriter() = default;

  virtual const ChunkedHeader& header() const noexcept = 0;

  // The chunk's numbers in full extent; the bytes may be used up. Throws Error{output}.
  virtual void write(const Shape& chunk, Bytes& numbers) = 0;
  virtual void end_row() = 0;  // what was written is safe

  // Rows may come in any order and from several jobs: whether this or another one has written the
  // chunk.
  virtual bool has(const Shape& chunk) const = 0;

  // Whether no other job writes this output any more; asked when this one has ended. Of several
  // that end, the last one is told so.
  virtual bool alone() { return true; }
  virtual bool shared() const { return false; }

  // `shape` is what has really come, at most header().shape where that was known.
  virtual void commit(const Shape& shape) = 0;
};

// What such a sink holds: a row of chunks, and one chunk beside it. The writer's is not counted.
Index held_by_row(const ChunkedHeader& header, const AxisRoles& roles);

std::unique_ptr<Sink> make_chunked_sink(std::unique_ptr<ChunkedWriter> writer,
                                        const ChunkPlan& plan, const Format& format);

}  // namespace faltung
