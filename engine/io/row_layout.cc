// A row of chunks along the stream axis in memory, as sources and sinks of chunked arrays hold it.
#include "engine/io/row_layout.h"

#include <algorithm>

namespace faltung {
namespace {

constexpr Index kMostRowBytes = Index{1} << 34;

}  // namespace

RowLayout::RowLayout(const ChunkedHeader& header, const AxisRoles& roles, Index positions)
    : header_(header),
      roles_(roles),
      positions_(positions),
      strides_(Shape::filled(header.shape.rank(), 0)) {
  for (std::size_t i = roles.space.size(); i-- > 0;) {
    strides_[roles.space[i]] = inner_;
    if (i > 0) inner_ *= header.shape[roles.space[i]];
  }
  for (std::size_t i = roles.channels.size(); i-- > 0;) {
    strides_[roles.channels[i]] = channels_ * positions_ * inner_;
    channels_ *= header.shape[roles.channels[i]];
  }
}

Index RowLayout::bytes() const {
  return checked_product({channels_, inner_, positions_, header_.type.bytes}, kMostRowBytes);
}

Shape RowLayout::item_position(Index item) const {
  Shape position = Shape::filled(header_.shape.rank(), 0);
  for (std::size_t i = roles_.items.size(); i-- > 0;) {
    const Index extent = header_.shape[roles_.items[i]];
    position[roles_.items[i]] = item % extent;
    item /= extent;
  }
  return position;
}

RowLayout::Chunks RowLayout::chunks(Index item, Index row) const {
  const Shape position = item_position(item);
  Chunks chunks;
  for (int axis = 0; axis < position.rank(); ++axis) {
    const bool whole = strides_[axis] != 0 && axis != roles_.space[0];
    const Index first = axis == roles_.space[0] ? row : position[axis] / header_.chunks[axis];
    chunks.first.push_back(first);
    chunks.count.push_back(whole ? (header_.shape[axis] - 1) / header_.chunks[axis] + 1 : 1);
  }
  return chunks;
}

RowLayout::Meeting RowLayout::meet(const Shape& chunk, Index item, Index positions) const {
  const Shape position = item_position(item);
  Meeting meeting{{}, header_.chunk_strides(), strides_, 0, 0};
  for (int axis = 0; axis < chunk.rank(); ++axis) {
    const Index first = chunk[axis] * header_.chunks[axis];
    if (strides_[axis] == 0) {
      meeting.extents.push_back(1);
      meeting.chunk_begin += (position[axis] - first) * meeting.in_chunk[axis];
    } else if (axis == roles_.space[0]) {
      meeting.extents.push_back(positions);
    } else {
      meeting.extents.push_back(std::min(header_.chunks[axis], header_.shape[axis] - first));
      meeting.row_begin += first * strides_[axis];
    }
  }
  meeting.chunk_begin *= header_.type.bytes;
  meeting.row_begin *= header_.type.bytes;
  return meeting;
}

}  // namespace faltung
