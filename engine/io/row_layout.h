// A row of chunks along the stream axis in memory, as sources and sinks of chunked arrays hold it.
//
// It is [channel, position, inner axes…], whatever the order of axes in the file.
#pragma once

#include "engine/io/chunked_array.h"

namespace faltung {

class RowLayout {
 public:
  // `positions` of the stream axis are in a whole row. The header must outlive the layout.
  RowLayout(const ChunkedHeader& header, const AxisRoles& roles, Index positions);

  Index positions() const noexcept { return positions_; }
  Index inner() const noexcept { return inner_; }
  Index bytes() const;  // throws Error{failure} where there are more than 2^34
  Index offset(Index channel, Index position) const noexcept {  // in bytes
    return (channel * positions_ + position) * inner_ * header_.type.bytes;
  }

  // The first chunk of a row of an item, and how many there are along every axis.
  struct Chunks {
    Shape first, count;
  };
  Chunks chunks(Index item, Index row) const;

  // What a chunk and the first `positions` of its row share.
  struct Meeting {
    Shape extents;
    Shape in_chunk, in_row;        // strides, in numbers
    Index chunk_begin, row_begin;  // of the first number, in bytes
  };
  Meeting meet(const Shape& chunk, Index item, Index positions) const;

 private:
  Shape item_position(Index item) const;  // one for each axis; 0 for those that are no items'

  const ChunkedHeader& header_;
  const AxisRoles& roles_;
  Index positions_;
  Index channels_ = 1, inner_ = 1;
  Shape strides_;  // of the file's axes in the row, in numbers; 0: an item's axis
};

}  // namespace faltung
