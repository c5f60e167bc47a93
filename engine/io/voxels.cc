// What volume files have in common: numbers of one type in a row, plain or packed, behind a header.
#include "engine/io/voxels.h"

#include <algorithm>
#include <optional>

#include "engine/io/samples.h"

namespace faltung {
namespace {

constexpr Index kChunkBytes = 1 << 17;  // of numbers at a time: stays in level 2

// Reverses the bytes of `count` numbers.
template <std::size_t bytes>
void swap_bytes(char* data, Index count) noexcept {
  for (char* end = data + count * Index{bytes}; data != end; data += bytes) {
    std::reverse(data, data + bytes);
  }
}

void swap_numbers(Encoding::Sample sample, char* data, Index count) noexcept {
  switch (bytes_of(sample)) {
    case 2:
      return swap_bytes<2>(data, count);
    case 4:
      return swap_bytes<4>(data, count);
    case 8:
      return swap_bytes<8>(data, count);
    default:
      return;
  }
}

// Where things lie, in bytes.
struct Strides {
  Strides(const VoxelLayout& layout, Index positions, Index inner, Index items)
      : position(bytes_of(layout.sample) * layout.together * inner),
        item(position * positions * (layout.items_inside ? 1 : layout.planes)),
        plane(position * positions * (layout.items_inside ? items : 1)) {}

  Index position, item, plane;
};

class VoxelSource : public Source {
 public:
  VoxelSource(InputFile file, const VoxelLayout& layout, const Format& format,
              const Encoding& encoding)
      : file_(std::move(file)),
        layout_(layout),
        format_(format),
        encoding_(encoding),
        strides_(layout, *format.extent, format.inner_size(), encoding.items) {
    for (Index plane = 0; plane < layout_.planes; ++plane) {
      readers_.emplace_back(file_, layout_.begin, layout_.packing);
    }
  }

  const Format& format() const override { return format_; }
  const Encoding& encoding() const override { return encoding_; }

  Index read(const Slab& out) override {
    if (item_ == encoding_.items) return 0;
    const Index count = std::min(out.extent, *format_.extent - position_);
    if (count == 0) {
      ++item_;
      position_ = 0;
      return 0;
    }
    for (Index plane = 0; plane < layout_.planes; ++plane) {
      read_plane(plane,
                 out.some_channels(plane * layout_.together, layout_.together).part(0, count));
    }
    position_ += count;
    return count;
  }

  bool seek(Index item, Index position) override {
    if (layout_.packing != Packing::none) return false;
    item_ = item;
    position_ = position;
    return true;
  }

 private:
  void read_plane(Index plane, const Slab& out) {
    ByteReader& reader = readers_[static_cast<std::size_t>(plane)];
    reader.go_to(layout_.offset + plane * strides_.plane + item_ * strides_.item +
                 position_ * strides_.position);
    const Index voxel = bytes_of(layout_.sample) * layout_.together;
    const Index voxels = out.extent * out.inner;
    const Index most = std::max<Index>(1, kChunkBytes / voxel);
    chunk_.resize(static_cast<std::size_t>(std::min(most, voxels) * voxel));
    for (Index first = 0; first < voxels; first += most) {
      const Index count = std::min(most, voxels - first);
      reader.read(chunk_.data(), count * voxel);
      if (layout_.swapped) swap_numbers(layout_.sample, chunk_.data(), count * layout_.together);
      deinterleave(layout_.sample, chunk_.data(), count, out, first);
      if (layout_.is_scaled()) scale(out, first, count);
    }
  }

  void scale(const Slab& out, Index first, Index count) const {
    with_sample_type(out.type, [&]<class T>() {
      const T slope = static_cast<T>(layout_.slope), intercept = static_cast<T>(layout_.intercept);
      for (Index c = 0; c < out.channels; ++c) {
        T* x = out.as<T>().channel(c) + first;
        for (Index i = 0; i < count; ++i) x[i] = x[i] * slope + intercept;
      }
    });
  }

  InputFile file_;
  VoxelLayout layout_;
  Format format_;
  Encoding encoding_;
  Strides strides_;
  std::vector<ByteReader> readers_;  // one for each plane
  std::vector<char> chunk_;
  Index item_ = 0;
  Index position_ = 0;
};

void refuse_impossible(const InputFile& file, const VoxelLayout& layout, const Format& format,
                       Index items) {
  Shape claim{items, format.channels, *format.extent};
  for (Index extent : format.inner) claim.push_back(extent);
  const Index bytes = bytes_of(layout.sample);
  const Index packed = file.size() - layout.begin;
  const Index room = packed < 0 ? -1 : most_unpacked(packed, layout.packing) - layout.offset;
  if (room < 0) {
    file.fail("truncated: header states that the data begin at byte " +
              std::to_string(layout.begin + layout.offset) + ", the file has " +
              std::to_string(file.size()));
  }
  try {
    if (checked_product(claim, room / bytes) > 0) return;
  } catch (const Error&) {
    file.fail("truncated: header states " + claim.text() + " numbers of " + std::to_string(bytes) +
              " bytes, " + std::to_string(file.size()) + " bytes cannot hold them");
  }
  file.fail("has no voxels (" + claim.text() + ")");
}

class VoxelSink : public Sink {
 public:
  VoxelSink(const VoxelFile& file, const Format& format, const Encoding& like)
      : file_(file),
        layout_(file.layout),
        format_(format),
        items_(like.items),
        strides_(layout_, format.extent.value_or(0), format.inner_size(), like.items),
        out_(file.path) {
    if (!file_.data_path.empty()) data_.emplace(file_.data_path);
    const bool places = format.extent && (layout_.planes == 1 || layout_.packing == Packing::none);
    if (places) {
      begin(*format.extent);
    } else {
      waiting_.emplace(target().path(), StagedFile::Role::scratch);
    }
  }

  Stored stored() const override { return stored_as(layout_.sample, 1); }

  void write(const Slab& slab) override {
    for (Index plane = 0; plane < layout_.planes; ++plane) {
      write_plane(plane, slab.some_channels(plane * layout_.together, layout_.together));
    }
    written_ += slab.extent;
  }

  void commit() override {
    const Index extent = written_ / items_;
    if (format_.extent && written_ != *format_.extent * items_) {
      out_.fail(std::to_string(*format_.extent * items_) + " positions were announced, " +
                std::to_string(written_) + " came");
    }
    if (waiting_) {
      begin(extent);
      hand_on(extent);
    }
    writer_->finish();
    if (layout_.packing != Packing::none && !file_.packs_header) {
      const std::string header = file_.header(extent, target().position() - start_);
      out_.write_at(header.data(), header.size(), 0);
    }
    if (data_) data_->commit();
    out_.commit();
  }

 private:
  StagedFile& target() { return data_ ? *data_ : out_; }

  // The header, and what writes the numbers behind it.
  void begin(Index extent) {
    const std::string header = file_.header(extent, 0);
    if (!file_.packs_header) out_.write(header.data(), header.size());
    writer_.emplace(target(), layout_.packing);
    if (file_.packs_header) writer_->write(header.data(), static_cast<Index>(header.size()));
    start_ = target().position();
  }

  void write_plane(Index plane, const Slab& slab) {
    const Index voxel = bytes_of(layout_.sample) * layout_.together;
    const Index voxels = slab.extent * slab.inner;
    const Index most = std::max<Index>(1, kChunkBytes / voxel);
    chunk_.resize(static_cast<std::size_t>(std::min(most, voxels) * voxel));
    const Index place = place_of(plane);
    for (Index first = 0; first < voxels; first += most) {
      const Index count = std::min(most, voxels - first);
      interleave(layout_.sample, slab, first, count, chunk_.data(), 1.0);
      if (layout_.swapped) swap_numbers(layout_.sample, chunk_.data(), count * layout_.together);
      put(place + first * voxel, count * voxel);
    }
  }

  Index place_of(Index plane) const {
    if (layout_.planes == 1) return written_ * strides_.position;
    const Index extent = *format_.extent;
    return plane * strides_.plane + written_ / extent * strides_.item +
           written_ % extent * strides_.position;
  }

  void put(Index place, Index bytes) {
    const auto count = static_cast<std::size_t>(bytes);
    if (waiting_) return waiting_->write_at(chunk_.data(), count, place);
    if (layout_.planes > 1) return target().write_at(chunk_.data(), count, start_ + place);
    writer_->write(chunk_.data(), bytes);
  }

  void hand_on(Index extent) {
    const Index bytes = extent * items_ * strides_.position * layout_.planes;
    chunk_.resize(static_cast<std::size_t>(kChunkBytes));
    for (Index done = 0; done < bytes; done += kChunkBytes) {
      const Index part = std::min(kChunkBytes, bytes - done);
      waiting_->read_at(chunk_.data(), static_cast<std::size_t>(part), done);
      writer_->write(chunk_.data(), part);
    }
  }

  VoxelFile file_;
  VoxelLayout layout_;
  Format format_;
  Index items_;
  Strides strides_;
  StagedFile out_;
  std::optional<StagedFile> data_;     // where the numbers are a file of their own
  std::optional<StagedFile> waiting_;  // never committed
  std::optional<ByteWriter> writer_;
  std::vector<char> chunk_;
  Index start_ = 0;    // of the numbers in the target
  Index written_ = 0;  // positions, of all items
};

}  // namespace

void complete(const VoxelLayout& layout, Format& format, Encoding& encoding) {
  using Sample = Encoding::Sample;
  format.channels = layout.planes * layout.together;
  format.type = slab_type(layout.sample);
  encoding.sample = layout.sample;
  if (layout.is_scaled() && is_integer(layout.sample)) {
    encoding.sample = format.type == SampleType::float64 ? Sample::f64 : Sample::f32;
  }
  encoding.full_scale = full_scale_of(encoding.sample);
}

std::unique_ptr<Source> open_voxels(InputFile file, const VoxelLayout& layout, const Format& format,
                                    const Encoding& encoding) {
  refuse_impossible(file, layout, format, encoding.items);
  return std::make_unique<VoxelSource>(std::move(file), layout, format, encoding);
}

std::unique_ptr<Sink> create_voxels(const VoxelFile& file, const Format& format,
                                    const Encoding& like) {
  const std::vector<std::string> none;
  for (const std::string& input : like.description ? like.description->files : none) {
    if (!same_file(file.data_path, input) && !same_file(file.path, input)) continue;
    throw Error(Code::configuration,
                file.path + " would overwrite " + input + ", the data of the input");
  }
  const bool placed = file.layout.planes > 1 || like.items > 1;
  if (placed && !format.extent) {
    throw Error(Code::configuration,
                "a file of several channels or items needs to know their extent before it is "
                "written; the signal's is not known");
  }
  return std::make_unique<VoxelSink>(file, format, like);
}

}  // namespace faltung
