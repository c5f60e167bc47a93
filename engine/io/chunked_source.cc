// Streams an array in chunks: one row of them along the stream axis in memory, each read once.
#include <algorithm>
#include <new>

#include "engine/io/chunked_array.h"
#include "engine/io/samples.h"
#include "engine/io/strided_copy.h"
#include "engine/nd/array.h"

namespace faltung {
namespace {

constexpr Index kMostExtent = Index{1} << 36;
constexpr Index kMostChunkNumbers = Index{1} << 30;
constexpr std::size_t kMostChunkBytes = std::size_t{1} << 31;  // what blosc can hold
constexpr Index kMostRowBytes = Index{1} << 34;

Shape some(const Shape& shape, const std::vector<int>& axes) {
  Shape result;
  for (int axis : axes) result.push_back(shape[axis]);
  return result;
}

Shape position_of(Index number, const Shape& extents) {
  Shape position = Shape::filled(extents.rank(), 0);
  for (int axis = extents.rank() - 1; axis >= 0; --axis) {
    position[axis] = number % extents[axis];
    number /= extents[axis];
  }
  return position;
}

class ChunkedSource : public Source {
 public:
  ChunkedSource(std::unique_ptr<ChunkedArray> array, const SourceOptions& options)
      : array_(std::move(array)),
        header_(array_->header()),
        roles_(roles_of(array_->path(), header_.axes, options.channel_axis)),
        items_(some(header_.shape, roles_.items)),
        channels_(some(header_.shape, roles_.channels)),
        space_(some(header_.shape, roles_.space)) {
    format_.channels = channels_.product();
    format_.inner = space_.from(1);
    format_.extent = space_[0];
    format_.rate_hz = format_.is_series() ? options.rate_hz : 0;
    encoding_.container = header_.container;
    encoding_.sample = sample_of(header_.type);
    encoding_.full_scale = full_scale_of(encoding_.sample);
    encoding_.items = items_.product();
    const int last = header_.shape.rank() - 1;
    if (!roles_.channels.empty()) {
      encoding_.channel_axis = roles_.channels.back() == last ? last : 0;
    }
    Description description = describe(header_.axes, roles_);
    description.container = header_.container;
    description.header = header_.header;
    encoding_.description = std::make_shared<const Description>(std::move(description));
    format_.type = header_.type.kind == 'u' && header_.type.bytes == 4
                       ? SampleType::float64
                       : slab_type(encoding_.sample);
    arrange();
  }

  const Format& format() const override { return format_; }
  const Encoding& encoding() const override { return encoding_; }

  Index read(const Slab& out) override {
    if (item_ == encoding_.items) return 0;
    const Index count = std::min(out.extent, space_[0] - position_);
    for (Index done = 0; done < count;) {
      load(item_, position_ / row_extent_);
      const Index skip = position_ % row_extent_;
      const Index part = std::min(count - done, row_extent_ - skip);
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

  bool seek(Index item, Index position) override {
    if (item < 0 || item >= encoding_.items || position < 0 || position > space_[0]) {
      throw Error(Code::input, array_->path() + ": has no position " + std::to_string(position) +
                                   " of item " + std::to_string(item));
    }
    item_ = item;
    position_ = position;
    return true;
  }

 private:
  // Where a number of each axis goes in the row: [channel, position of the row, inner].
  void arrange() {
    const int stream = roles_.space[0];
    row_extent_ = std::min(header_.chunks[stream], space_[0]);
    const Index inner = format_.inner_size();
    Index rest = 0;  // that channels and inner axes leave of the limit
    try {
      rest = checked_product({format_.channels, inner, row_extent_, header_.type.bytes},
                             kMostRowBytes);
      row_ = Buffer<char>::unfilled(rest);
    } catch (const std::exception&) {
      throw Error(Code::input, array_->path() + ": shape " + header_.shape.text() +
                                   " in chunks of " + header_.chunks.text() +
                                   " takes more memory " +
                                   "for a row of chunks than there is or than " +
                                   std::to_string(kMostRowBytes) + " bytes");
    }
    strides_ = Shape::filled(header_.shape.rank(), 0);
    Index stride = row_extent_ * inner;
    for (std::size_t i = roles_.channels.size(); i > 0; --i) {
      strides_[roles_.channels[i - 1]] = stride;
      stride *= header_.shape[roles_.channels[i - 1]];
    }
    stride = 1;
    for (std::size_t i = roles_.space.size(); i > 0; --i) {
      strides_[roles_.space[i - 1]] = stride;
      stride *= header_.shape[roles_.space[i - 1]];
    }
  }

  void load(Index item, Index row) {
    if (item == loaded_item_ && row == loaded_row_) return;
    loaded_row_ = -1;
    Shape first = Shape::filled(header_.shape.rank(), 0);  // chunk
    Shape count = first;                                   // of chunks
    Shape begin = first;                                   // in the array, where it is one position
    for (int axis = 0; axis < count.rank(); ++axis) {
      count[axis] = (header_.shape[axis] - 1) / header_.chunks[axis] + 1;
    }
    const Shape items = position_of(item, items_);
    for (std::size_t i = 0; i < roles_.items.size(); ++i) {
      const int axis = roles_.items[i];
      begin[axis] = items[static_cast<int>(i)];
      first[axis] = begin[axis] / header_.chunks[axis];
      count[axis] = 1;
    }
    first[roles_.space[0]] = row;
    count[roles_.space[0]] = 1;
    for_each_position(count, [&](const Shape& position) {
      Shape chunk = first;
      for (int axis = 0; axis < chunk.rank(); ++axis) chunk[axis] += position[axis];
      place(chunk, begin);
    });
    loaded_item_ = item;
    loaded_row_ = row;
  }

  // The part of one chunk that belongs to the row; `begin` holds the item's position.
  void place(const Shape& chunk, const Shape& begin) {
    const bool stored = array_->read(chunk, chunk_);
    const Shape within = header_.chunk_strides();
    Shape extents, from_strides;
    Index from = 0, to = 0;
    for (int axis = 0; axis < chunk.rank(); ++axis) {
      const Index first = chunk[axis] * header_.chunks[axis];
      const bool item = strides_[axis] == 0;
      extents.push_back(item ? 1 : std::min(header_.chunks[axis], header_.shape[axis] - first));
      from_strides.push_back(stored ? within[axis] : 0);
      if (item) from += (begin[axis] - first) * within[axis];
      if (axis != roles_.space[0]) to += first * strides_[axis];
    }
    const Index bytes = header_.type.bytes;
    copy_strided(header_.type.bytes, extents,
                 stored ? chunk_.data() + from * bytes : header_.fill.data(), from_strides,
                 row_.data() + to * bytes, strides_);
  }

  void give(Index skip, const Slab& out) {
    const Index inner = format_.inner_size();
    const Index bytes = header_.type.bytes;
    with_sample_type(out.type, [&]<class T>() {
      const auto slab = out.as<T>();
      for (Index c = 0; c < slab.channels; ++c) {
        const char* from = row_.data() + (c * row_extent_ + skip) * inner * bytes;
        convert_numbers(header_.type, from, bytes, slab.extent * inner, slab.channel(c));
      }
    });
  }

  std::unique_ptr<ChunkedArray> array_;
  const ChunkedHeader& header_;
  AxisRoles roles_;
  Shape items_, channels_, space_;  // extents
  Format format_;
  Encoding encoding_;
  Index row_extent_ = 1;  // positions in a row
  Shape strides_;         // of the file's axes in the row, in numbers; 0: an item's axis
  Buffer<char> row_;
  Index loaded_item_ = -1, loaded_row_ = -1;
  Bytes chunk_;
  Index item_ = 0, position_ = 0;
};

}  // namespace

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
