// OpenEXR images written: scanlines, ZIP, floats; halves where all of the input's were.
//
// An input's header goes on where it is OpenEXR's: names of channels, chromaticities, comments.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "engine/io/containers.h"
#include "engine/io/openexr_library.h"
#include "engine/io/samples.h"

namespace faltung {
namespace {

using Sample = Encoding::Sample;

constexpr double kMostHalf = 65504;
constexpr Index kMostExtent = 1 << 30;  // OpenEXR's coordinates are 32 bits wide

// Names by which others know the channels; else such as keep their order when sorted.
std::vector<ExrChannel> default_channels(Index count) {
  constexpr const char* kNames[] = {"Y", "YA", "RGB", "RGBA"};
  std::vector<ExrChannel> channels;
  for (Index c = 0; c < count; ++c) {
    const std::string number = std::to_string(100000 + c).substr(1);
    channels.push_back(
        {count <= 4 ? std::string{kNames[count - 1][c]} : "channel" + number, Imf::FLOAT});
  }
  return channels;
}

bool is_written_anew(const std::string& name) {
  constexpr const char* kAnew[] = {"channels", "compression", "lineOrder",
                                   "tiles",    "chunkCount",  "type",
                                   "preview",  "version",     "maxSamplesPerPixel"};
  return std::any_of(std::begin(kAnew), std::end(kAnew), [&](const char* n) { return name == n; });
}

class ExrSink : public Sink {
 public:
  ExrSink(const std::string& path, const Format& format, const Encoding& like)
      : format_(format), scale_(1 / like.full_scale), file_(path), stream_(file_) {
    row_.resize(static_cast<std::size_t>(format.channels * format.inner[0]));
    call([&] {
      Imf::Header header = header_for(like);
      out_ = std::make_unique<Imf::OutputFile>(stream_, header, 0);
      out_->setFrameBuffer(row_buffer(header));
    });
  }

  Stored stored() const override {
    Stored stored{Sample::f32, scale_};
    if (halves_) stored.low = -kMostHalf, stored.high = kMostHalf;
    return stored;
  }

  void write(const Slab& slab) override {
    const Index cols = format_.inner[0];
    for (Index n = 0; n < slab.extent; ++n, ++rows_) {
      for (Index c = 0; c < format_.channels; ++c) {
        float* to = row_.data() + c * cols;
        interleave(Sample::f32, slab.some_channels(c, 1), n * cols, cols, to, scale_);
        if (halves_) std::transform(to, to + cols, half_row_.data() + c * cols, half_of);
      }
      call([this] { out_->writePixels(1); });
    }
  }

  void commit() override {
    if (rows_ != *format_.extent) {
      file_.fail(std::to_string(rows_) + " of " + std::to_string(*format_.extent) + " rows came");
    }
    out_.reset();  // writes the table of rows, and swallows what fails
    file_.check();
    file_.commit();
  }

 private:
  template <class Body>
  void call(Body body) {
    exr_guarded(body, [this](const std::string& words) {
      file_.check();
      file_.fail("OpenEXR: " + words);
    });
  }

  // Saturated; not a number stays so.
  static Imath::half half_of(float x) {
    constexpr auto most = static_cast<float>(kMostHalf);
    return std::abs(x) > most ? std::copysign(most, x) : x;
  }

  Imf::Header header_for(const Encoding& like) {
    const auto cols = static_cast<int>(format_.inner[0]), rows = static_cast<int>(*format_.extent);
    Imf::Header header(cols, rows);
    channels_ = default_channels(format_.channels);
    if (like.description && like.description->container == "openexr") {
      keep(exr_header(like.description->header), header);
    }
    header.compression() = Imf::ZIP_COMPRESSION;
    halves_ = !like.exact && std::all_of(channels_.begin(), channels_.end(),
                                         [](const auto& c) { return c.type == Imf::HALF; });
    half_row_.resize(halves_ ? row_.size() : 0);
    for (const ExrChannel& channel : channels_) {
      header.channels().insert(channel.name, Imf::Channel(halves_ ? Imf::HALF : Imf::FLOAT));
    }
    return header;
  }

  void keep(const Imf::Header& old, Imf::Header& header) {
    const Imath::Box2i window = old.dataWindow();
    const bool same_place = window.size() == header.dataWindow().size();
    for (auto i = old.begin(); i != old.end(); ++i) {
      const std::string name = i.name();
      const bool place = name == "dataWindow" || name == "displayWindow";
      if (!is_written_anew(name) && (same_place || !place)) header.insert(name, i.attribute());
    }
    const std::vector<ExrChannel> channels = exr_channels(old);
    if (std::ssize(channels) == format_.channels) channels_ = channels;
  }

  Imf::FrameBuffer row_buffer(const Imf::Header& header) {
    Imf::FrameBuffer buffer;
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      const Index first = static_cast<Index>(c) * format_.inner[0] - header.dataWindow().min.x;
      buffer.insert(channels_[c].name, halves_ ? slice(half_row_.data() + first, Imf::HALF)
                                               : slice(row_.data() + first, Imf::FLOAT));
    }
    return buffer;
  }

  template <class Number>
  static Imf::Slice slice(Number* base, Imf::PixelType type) {
    return {type, reinterpret_cast<char*>(base), sizeof(Number), 0};
  }

  Format format_;
  double scale_;
  bool halves_ = false;
  StagedFile file_;
  ExrOutput stream_;
  std::vector<ExrChannel> channels_;
  std::unique_ptr<Imf::OutputFile> out_;  // after what it writes through
  Index rows_ = 0;
  std::vector<float> row_;             // of each channel
  std::vector<Imath::half> half_row_;  // the same
};

}  // namespace

std::unique_ptr<Sink> create_exr(const Container& container, const std::string& path,
                                 const Format& format, const Encoding& like) {
  require_picture(container, format, 1024, kMostExtent);
  return std::make_unique<ExrSink>(path, format, like);
}

}  // namespace faltung
