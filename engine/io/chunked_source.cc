// Streams an array in chunks: one row of them along the stream axis in memory, each read once.
#include <algorithm>
#include <new>

#include "engine/io/chunked_array.h"
#include "engine/io/row_layout.h"
#include "engine/io/samples.h"
#include "engine/io/strided_copy.h"
#include "engine/nd/array.h"

namespace faltung {
namespace {

constexpr Index kMostExtent = Index{1} << 36;
constexpr Index kMostChunkNumbers = Index{1} << 30;
constexpr std::size_t kMostChunkBytes = std::size_t{1} << 31;  // what blosc can hold

Shape some(const Shape& shape, const std::vector<int>& axes) {
  Shape result;
  for (int axis : axes) result.push_back(shape[axis]);
  return result;
}

class ChunkedSource : public Source {
 public:
  ChunkedSource(std::unique_ptr<ChunkedArray> array, const SourceOptions& options)
      : array_(std::move(array)),
        header_(array_->header()),
        roles_(roles_of(array_->path(), header_.axes, options.channel_axis)),
        layout_(header_, roles_, row_extent(header_, roles_)),
        extent_(header_.shape[roles_.space[0]]) {
    const Shape space = some(header_.shape, roles_.space);
    format_.channels = some(header_.shape, roles_.channels).product();
    format_.inner = space.from(1);
    format_.extent = extent_;
    format_.rate_hz = format_.is_series() ? options.rate_hz : 0;
    encode();
    format_.type = header_.type.kind == 'u' && header_.type.bytes == 4
                       ? SampleType::float64
                       : slab_type(encoding_.sample);
    take_memory();
  }

  const Format& format() const override { return format_; }
  const Encoding& encoding() const override { return encoding_; }

  Index read(const Slab& out) override {
    if (item_ == encoding_.items) return 0;
    const Index count = std::min(out.extent, extent_ - position_);
    for (Index done = 0; done < count;) {
      load(item_, position_ / layout_.positions());
      const Index skip = position_ % layout_.positions();
      const Index part = std::min(count - done, layout_.positions() - skip);
      give(skip, out.part(done, part));
      done += part;
      position_ += part;
    }
    if (count == 0) {
      ++item_;
      position_ = 0;
    }
    return count;
  }

  Index memory_bytes() const override {
    return layout_.bytes() + 2 * header_.chunks.product() * header_.type.bytes +
           array_->memory_bytes();
  }

  bool seek(Index item, Index position) override {
    if (item < 0 || item >= encoding_.items || position < 0 || position > extent_) {
      throw Error(Code::input, array_->path() + ": has no position " + std::to_string(position) +
                                   " of item " + std::to_string(item));
    }
    item_ = item;
    position_ = position;
    return true;
  }

 private:
  static Index row_extent(const ChunkedHeader& header, const AxisRoles& roles) {
    return std::min(header.chunks[roles.space[0]], header.shape[roles.space[0]]);
  }

  void encode() {
    encoding_.container = header_.container;
    encoding_.sample = sample_of(header_.type);
    encoding_.full_scale = full_scale_of(encoding_.sample);
    encoding_.items = some(header_.shape, roles_.items).product();
    const int last = header_.shape.rank() - 1;
    if (!roles_.channels.empty()) {
      encoding_.channel_axis = roles_.channels.back() == last ? last : 0;
    }
    Description description = describe(header_.axes, roles_);
    description.container = header_.container;
    description.header = header_.header;
    encoding_.description = std::make_shared<const Description>(std::move(description));
  }

  void take_memory() {
    try {
      row_ = Buffer<char>::unfilled(layout_.bytes());
    } catch (const std::exception&) {
      throw Error(Code::input,
                  array_->path() + ": shape " + header_.shape.text() + " in chunks of " +
                      header_.chunks.text() +
                      " takes more memory for a row of chunks than there is, or than " + "16 GB");
    }
  }

  void load(Index item, Index row) {
    if (item == loaded_item_ && row == loaded_row_) return;
    loaded_row_ = -1;
    const RowLayout::Chunks chunks = layout_.chunks(item, row);
    const Index positions = std::min(layout_.positions(), extent_ - row * layout_.positions());
    for_each_position(chunks.count, [&](const Shape& position) {
      Shape chunk = chunks.first;
      for (int axis = 0; axis < chunk.rank(); ++axis) chunk[axis] += position[axis];
      place(chunk, layout_.meet(chunk, item, positions));
    });
    loaded_item_ = item;
    loaded_row_ = row;
  }

  void place(const Shape& chunk, const RowLayout::Meeting& meeting) {
    const bool stored = array_->read(chunk, chunk_);
    const char* from = stored ? chunk_.data() + meeting.chunk_begin : header_.fill.data();
    const Shape repeated = Shape::filled(chunk.rank(), 0);
    copy_strided(header_.type.bytes, meeting.extents, from, stored ? meeting.in_chunk : repeated,
                 row_.data() + meeting.row_begin, meeting.in_row);
  }

  void give(Index skip, const Slab& out) {
    with_sample_type(out.type, [&]<class T>() {
      const auto slab = out.as<T>();
      for (Index c = 0; c < slab.channels; ++c) {
        convert_numbers(header_.type, row_.data() + layout_.offset(c, skip), header_.type.bytes,
                        slab.extent * slab.inner, slab.channel(c));
      }
    });
  }

  std::unique_ptr<ChunkedArray> array_;
  const ChunkedHeader& header_;
  AxisRoles roles_;
  RowLayout layout_;
  Index extent_;  // of the stream axis
  Format format_;
  Encoding encoding_;
  Buffer<char> row_;
  Index loaded_item_ = -1, loaded_row_ = -1;
  Bytes chunk_;
  Index item_ = 0, position_ = 0;
};

}  // namespace

Shape ChunkedHeader::chunk_counts() const {
  Shape counts = shape;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    counts[axis] = (shape[axis] + chunks[axis] - 1) / chunks[axis];
  }
  return counts;
}

Shape ChunkedHeader::chunk_strides() const {
  Shape strides = Shape::filled(chunks.rank(), 1);
  Index stride = 1;
  for (int i = order.rank() - 1; i >= 0; --i) {
    strides[static_cast<int>(order[i])] = stride;
    stride *= chunks[static_cast<int>(order[i])];
  }
  return strides;
}

void require_sane_chunks(const std::string& path, const ChunkedHeader& header) {
  const std::string claim = path + ": shape " + header.shape.text() + " in chunks of " +
                            header.chunks.text() + " numbers of " +
                            std::to_string(header.type.bytes) + " bytes";
  const auto refuse = [&](const std::string& reason) { throw Error(Code::input, claim + reason); };
  if (header.chunks.rank() != header.shape.rank()) refuse(" do not have as many axes");
  for (Index extent : header.chunks) {
    if (extent < 1) refuse("; a chunk has at least one number along each axis");
  }
  for (Index extent : header.shape) {
    if (extent < 1) refuse(" holds nothing");
    if (extent > kMostExtent) refuse("; an axis has at most " + std::to_string(kMostExtent));
  }
  try {
    checked_product(header.shape);
  } catch (const Error&) {
    refuse(" overflows");
  }
  try {
    checked_product(header.chunks, kMostChunkNumbers);
  } catch (const Error&) {
    refuse("; a chunk has at most " + std::to_string(kMostChunkNumbers) + " numbers");
  }
  if (header.chunk_bytes() > kMostChunkBytes) {
    refuse("; a chunk has at most " + std::to_string(kMostChunkBytes) + " bytes");
  }
}

std::unique_ptr<Source> make_chunked_source(std::unique_ptr<ChunkedArray> array,
                                            const SourceOptions& options) {
  return std::make_unique<ChunkedSource>(std::move(array), options);
}

}  // namespace faltung
