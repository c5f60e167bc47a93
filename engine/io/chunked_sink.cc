// Cuts a signal into the chunks of an array, a row of them along the stream axis at a time.
#include "engine/io/chunked_sink.h"

#include <algorithm>

#include "engine/io/row_layout.h"
#include "engine/io/samples.h"
#include "engine/io/strided_copy.h"
#include "engine/nd/array.h"

namespace faltung {
namespace {

Index product(const Shape& shape, const std::vector<int>& axes) {
  Index result = 1;
  for (int axis : axes) result *= shape[axis];
  return result;
}

class ChunkedSink : public Sink {
 public:
  ChunkedSink(std::unique_ptr<ChunkedWriter> writer, const ChunkPlan& plan, const Format& format)
      : writer_(std::move(writer)),
        header_(writer_->header()),
        roles_(plan.roles),
        layout_(header_, roles_, header_.chunks[roles_.space[0]]),
        items_(product(header_.shape, roles_.items)),
        extent_(format.extent),
        sample_(sample_of(header_.type)),
        row_(Buffer<char>::unfilled(layout_.bytes())) {}

  Stored stored() const override { return stored_as(sample_, 1); }

  void write(const Slab& slab) override {
    for (Index done = 0; done < slab.extent;) {
      if (item_ == items_) refuse_more();
      const Index room = layout_.positions() - filled_;
      const Index left = extent_ ? *extent_ - position_ : room;
      const Index part = std::min({slab.extent - done, room, left});
      take(slab.part(done, part));
      done += part;
      filled_ += part;
      position_ += part;
      if (filled_ == layout_.positions() || position_ == extent_) end_row();
      if (position_ == extent_) next_item();
    }
  }

  void commit() override {
    if (filled_ > 0) end_row();
    if (!writer_->alone()) return;
    Shape shape = header_.shape;
    if (scattered_ || !touched_ || writer_->shared()) {
      const bool whole = all_there();
      if (!whole && writer_->shared()) return;
      if (!whole && scattered_) throw Error(Code::output, "rows of the output are missing");
      if (!whole) shape[roles_.space[0]] = 0;
    } else if (item_ < items_) {
      if (items_ > 1) refuse_less();
      shape[roles_.space[0]] = position_;
    }
    writer_->commit(shape);
  }

  // Of unknown extent it only grows.
  Index row_extent() const override { return extent_ ? layout_.positions() : 0; }

  std::vector<Stretch> done() const override {
    std::vector<Stretch> stretches;
    if (row_extent() == 0) return stretches;
    for (Index item = 0; item < items_; ++item) {
      for (Index first = 0; first < *extent_; first += layout_.positions()) {
        if (!has_row(item, first / layout_.positions())) continue;
        const Index count = std::min(layout_.positions(), *extent_ - first);
        const bool joins = !stretches.empty() && stretches.back().item == item &&
                           stretches.back().first + stretches.back().count == first;
        if (joins) {
          stretches.back().count += count;
        } else {
          stretches.push_back({item, first, count});
        }
      }
    }
    return stretches;
  }

  void seek(Index item, Index position) override {
    if (row_extent() == 0) return Sink::seek(item, position);
    const bool inside = item >= 0 && item < items_ && position >= 0 && position < *extent_ &&
                        position % layout_.positions() == 0;
    if (!inside || filled_ > 0) {
      throw Error(Code::failure, "cannot write from position " + std::to_string(position) +
                                     " of item " + std::to_string(item) + " on: rows of " +
                                     std::to_string(layout_.positions()) + " are written whole");
    }
    item_ = item;
    position_ = position;
    scattered_ = true;
  }

 private:
  [[noreturn]] void refuse_more() const {
    throw Error(Code::output, "more than the " + std::to_string(items_) + " times " +
                                  std::to_string(extent_.value_or(0)) +
                                  " positions announced came");
  }

  [[noreturn]] void refuse_less() const {
    throw Error(Code::output, "item " + std::to_string(item_) + " of " + std::to_string(items_) +
                                  " ends after " + std::to_string(position_) + " of " +
                                  std::to_string(extent_.value_or(0)) + " positions");
  }

  bool all_there() const {
    Index count = 0;
    for (const Stretch& stretch : done()) count += stretch.count;
    return extent_ && count == items_ * *extent_;
  }

  void take(const Slab& slab) {
    touched_ = true;
    for (Index c = 0; c < slab.channels; ++c) {
      interleave(sample_, slab.some_channels(c, 1), 0, slab.extent * slab.inner,
                 row_.data() + layout_.offset(c, filled_), 1.0);
    }
  }

  void next_item() {
    ++item_;
    position_ = 0;
  }

  // The row that has been filled, also in part, goes to the writer chunk by chunk.
  void end_row() {
    const Index row = (position_ - filled_) / layout_.positions();
    for_each_chunk(item_, row, [&](const Shape& chunk) {
      const RowLayout::Meeting meeting = layout_.meet(chunk, item_, filled_);
      chunk_.resize(header_.chunk_bytes());
      if (!(meeting.extents == header_.chunks)) std::fill(chunk_.begin(), chunk_.end(), 0);
      copy_strided(header_.type.bytes, meeting.extents, row_.data() + meeting.row_begin,
                   meeting.in_row, chunk_.data() + meeting.chunk_begin, meeting.in_chunk);
      writer_->write(chunk, chunk_);
      return true;
    });
    writer_->end_row();
    filled_ = 0;
  }

  bool has_row(Index item, Index row) const {
    bool all = true;
    for_each_chunk(item, row, [&](const Shape& chunk) { return all = writer_->has(chunk); });
    return all;
  }

  // Calls body(chunk) for the chunks of a row, until one returns false.
  template <class Body>
  void for_each_chunk(Index item, Index row, Body&& body) const {
    const RowLayout::Chunks chunks = layout_.chunks(item, row);
    const Index count = chunks.count.product();
    for (Index i = 0; i < count; ++i) {
      Shape chunk = chunks.first;
      Index rest = i;
      for (int axis = chunk.rank() - 1; axis >= 0; --axis) {
        chunk[axis] += rest % chunks.count[axis];
        rest /= chunks.count[axis];
      }
      if (!body(chunk)) return;
    }
  }

  std::unique_ptr<ChunkedWriter> writer_;
  const ChunkedHeader& header_;
  AxisRoles roles_;
  RowLayout layout_;
  Index items_;
  std::optional<Index> extent_;
  Encoding::Sample sample_;
  Buffer<char> row_;
  Bytes chunk_;
  bool touched_ = false;    // something has been written
  bool scattered_ = false;  // from elsewhere than the beginning on
  Index filled_ = 0;        // positions of the row
  Index item_ = 0, position_ = 0;
};

}  // namespace

std::unique_ptr<Sink> make_chunked_sink(std::unique_ptr<ChunkedWriter> writer,
                                        const ChunkPlan& plan, const Format& format) {
  return std::make_unique<ChunkedSink>(std::move(writer), plan, format);
}

Index held_by_row(const ChunkedHeader& header, const AxisRoles& roles) {
  const Index positions = header.chunks[roles.space[0]];
  return RowLayout(header, roles, positions).bytes() + static_cast<Index>(header.chunk_bytes());
}

}  // namespace faltung
