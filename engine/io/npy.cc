// Arrays as .npy: read through a map whatever their order, written with the header last.
//
// Axes are [stream, inner…], with one channel axis before or after them where there is one. One
// axis is a series, two an image, three a volume.
#include <algorithm>
#include <vector>

#include "engine/io/containers.h"
#include "engine/io/npy_file.h"
#include "engine/io/samples.h"

namespace faltung {
namespace {

using Sample = Encoding::Sample;

constexpr std::size_t kHeaderBytes = 256;  // holds kMaxRank extents of 19 digits
constexpr Index kChunkSamples = 16384;

class NpySource : public Source {
 public:
  NpySource(InputFile file, const SourceOptions& options)
      : path_(file.path()), array_(std::move(file)) {
    const Shape& shape = array_.header().shape;
    encoding_.container = "npy";
    encoding_.sample = sample_of(array_.header().type);
    encoding_.full_scale = full_scale_of(encoding_.sample);
    encoding_.channel_axis = channel_axis(options.channel_axis);
    const int first = encoding_.channel_axis == 0 ? 1 : 0;
    const int last = shape.rank() - (encoding_.channel_axis > 0 ? 1 : 0);
    if (last - first < 1) {
      throw Error(Code::input, path_ + ": shape " + shape.text() + " has no axis to stream along");
    }
    if (last - first > kMaxRank - 2) {
      throw Error(Code::input, path_ + ": shape " + shape.text() + " has more than " +
                                   std::to_string(kMaxRank - 2) + " axes besides channels");
    }
    axes_ = shape.to(last).from(first);
    strides_ = array_.strides().to(last).from(first);
    if (encoding_.channel_axis >= 0) {
      const int axis = static_cast<int>(encoding_.channel_axis);
      format_.channels = shape[axis];
      channel_stride_ = array_.strides()[axis];
    }
    format_.inner = axes_.from(1);
    format_.extent = axes_[0];
    format_.rate_hz = format_.is_series() ? options.rate_hz : 0;
    format_.type = slab_type(encoding_.sample);
  }

  const Format& format() const override { return format_; }
  const Encoding& encoding() const override { return encoding_; }

  bool seek(Index, Index position) override {
    position_ = position;
    return true;
  }

  Index read(const Slab& out) override {
    const Index count = std::min(out.extent, axes_[0] - position_);
    with_sample_type(out.type, [&]<class T>() {
      const auto slab = out.as<T>();
      for (Index c = 0; c < slab.channels; ++c) read_channel(c, count, slab.channel(c));
    });
    position_ += count;
    release(count);
    return count;
  }

 private:
  Index channel_axis(const std::string& wanted) const {
    if (wanted.empty() || wanted == "none") return -1;
    if (wanted == "first") return 0;
    if (wanted == "last") return array_.header().shape.rank() - 1;
    throw Error(Code::configuration,
                "channel axis '" + wanted + "'; allowed are none, first, last");
  }

  // Positions [position_, position_ + count) in as few runs as the strides allow.
  template <class T>
  void read_channel(Index c, Index count, T* to) const {
    Shape extents = axes_;
    extents[0] = count;
    Shape strides = strides_;
    int last = extents.rank() - 1;
    Index run = extents[last];
    const Index step = strides[last];
    while (last > 0 && strides[last - 1] == step * run) run *= extents[--last];
    const Index origin = c * channel_stride_ + position_ * strides_[0];
    if (count == 0) return;
    for_each_position(extents.to(last), [&](const Shape& position) {
      Index offset = origin;
      for (int axis = 0; axis < last; ++axis) offset += position[axis] * strides[axis];
      array_.convert(offset, step, run, to);
      to += run;
    });
  }

  // What was read is dropped from memory, or the map would grow to the file's size.
  void release(Index count) const noexcept {
    const Index whole = array_.header().shape.product();
    if (array_.header().fortran) return array_.release(0, whole);
    const Index channels = encoding_.channel_axis == 0 ? format_.channels : 1;
    for (Index c = 0; c < channels; ++c) {
      array_.release(c * channel_stride_ + (position_ - count) * strides_[0], count * strides_[0]);
    }
  }

  std::string path_;
  NpyFile array_;
  Format format_;
  Encoding encoding_;
  Shape axes_;     // without the channels'
  Shape strides_;  // in elements
  Index channel_stride_ = 0;
  Index position_ = 0;
};

std::string descr_of(Sample sample) {
  const NumberType type = number_type_of(sample);
  return (type.bytes == 1 ? "|" : "<") + type.text();
}

class NpySink : public Sink {
 public:
  NpySink(const std::string& path, const Format& format, const Encoding& like)
      : format_(format),
        sample_(array_sample(format, like)),
        inner_(format.inner_size()),
        layout_(layout_for(format, like)),
        file_(path) {
    if (layout_ == Layout::channels_first && format.channels > 1 && !format.extent) {
      throw Error(Code::configuration,
                  "an array with channels first needs to know its extent "
                  "before it is written; a raw or sound file does not");
    }
    const std::string blank(kHeaderBytes, '\0');
    file_.write(blank.data(), blank.size());
  }

  Stored stored() const override { return stored_as(sample_, 1); }

  void write(const Slab& slab) override {
    const bool planar = layout_ != Layout::channels_last;
    const Index count = slab.extent * inner_;
    for (Index c = 0; c < (planar ? format_.channels : 1); ++c) {
      const Slab part = planar ? slab.some_channels(c, 1) : slab;
      write_part(
          part, count,
          planar ? c * planned() * inner_ + rows_ * inner_ : rows_ * inner_ * format_.channels);
    }
    rows_ += slab.extent;
    if (format_.channels > 1 && planar && rows_ > planned()) {
      file_.fail("more than the " + std::to_string(planned()) + " positions announced came");
    }
  }

  void commit() override {
    if (layout_ == Layout::channels_first && rows_ < planned()) close_gaps();
    Shape shape;
    if (layout_ == Layout::channels_first) shape.push_back(format_.channels);
    shape.push_back(rows_);
    for (Index extent : format_.inner) shape.push_back(extent);
    if (layout_ == Layout::channels_last) shape.push_back(format_.channels);
    const std::string header = npy_header(descr_of(sample_), shape, kHeaderBytes);
    file_.write_at(header.data(), header.size(), 0);
    file_.commit();
  }

 private:
  enum class Layout { no_channels, channels_first, channels_last };

  static Layout layout_for(const Format& format, const Encoding& like) {
    if (like.channel_axis > 0) return Layout::channels_last;
    if (like.channel_axis == 0 || format.channels > 1) return Layout::channels_first;
    return Layout::no_channels;
  }

  Index planned() const { return format_.extent.value_or(0); }

  void write_part(const Slab& part, Index count, Index element) {
    const Index bytes = bytes_of(sample_);
    const Index most = std::max<Index>(1, kChunkSamples / part.channels);
    chunk_.resize(static_cast<std::size_t>(most * part.channels * bytes));
    for (Index first = 0; first < count; first += most) {
      const Index run = std::min(most, count - first);
      interleave(sample_, part, first, run, chunk_.data(), 1.0);
      file_.write_at(chunk_.data(), static_cast<std::size_t>(run * part.channels * bytes),
                     static_cast<Index>(kHeaderBytes) + (element + first * part.channels) * bytes);
    }
  }

  // Fewer positions came than announced: moves every channel down to where it belongs.
  void close_gaps() {
    const Index bytes = bytes_of(sample_) * inner_;
    const Index kept = rows_ * bytes;
    chunk_.resize(1 << 20);
    for (Index c = 1; c < format_.channels; ++c) {
      for (Index done = 0; done < kept;) {
        const Index part = std::min(kept - done, static_cast<Index>(chunk_.size()));
        const auto count = static_cast<std::size_t>(part);
        const Index start = static_cast<Index>(kHeaderBytes) + done;
        file_.read_at(chunk_.data(), count, start + c * planned() * bytes);
        file_.write_at(chunk_.data(), count, start + c * kept);
        done += part;
      }
    }
    file_.truncate(static_cast<Index>(kHeaderBytes) + format_.channels * kept);
  }

  Format format_;
  Sample sample_;
  Index inner_;
  Layout layout_;
  StagedFile file_;
  std::vector<char> chunk_;
  Index rows_ = 0;  // positions written
};

}  // namespace

std::unique_ptr<Source> open_npy(InputFile file, const SourceOptions& options) {
  return std::make_unique<NpySource>(std::move(file), options);
}

std::unique_ptr<Sink> create_npy(const Container&, const std::string& path, const Format& format,
                                 const Encoding& like) {
  return std::make_unique<NpySink>(path, format, like);
}

}  // namespace faltung
