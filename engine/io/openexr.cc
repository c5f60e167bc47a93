// OpenEXR images read: scanlines or tiles, the first part, halves, floats and integers by row.
//
// Layers are channels. OpenEXR itself holds a block of rows, or a row of tiles.
#include <algorithm>
#include <memory>

#include "engine/io/containers.h"
#include "engine/io/number_type.h"
#include "engine/io/openexr_attributes.h"
#include "engine/io/openexr_library.h"
#include "engine/io/samples.h"

namespace faltung {
namespace {

constexpr double kMostBytesPerFileByte = 4096;  // of a block of rows: hostile extents end here
constexpr double kFreeBytes = 1 << 22;          // and what one may claim in any file
constexpr double kMostRowsOfBlock = 256;        // DWAB's
constexpr double kLeastBlockBytes = 16;         // in the file: an offset, a row, a size
constexpr Index kMostChannels = 1024;

class ExrSource : public Source {
 public:
  explicit ExrSource(InputFile file) : file_(std::move(file)), stream_(file_) {
    call([this] {
      refuse_impossible_header();
      exr_ = std::make_unique<Imf::MultiPartInputFile>(stream_, 0, false);
    });
    const Imf::Header& header = exr_->header(0);
    refuse_unreadable(header);
    channels_ = exr_channels(header);
    set_format(header);
    describe(header);
    call([this] {
      part_ = std::make_unique<Imf::InputPart>(*exr_, 0);
      part_->setFrameBuffer(row_buffer());
    });
  }

  const Format& format() const override { return format_; }
  const Encoding& encoding() const override { return encoding_; }

  Index read(const Slab& out) override {
    const Index count = std::min(out.extent, *format_.extent - position_);
    const Index cols = format_.inner[0];
    for (Index n = 0; n < count; ++n, ++position_) {
      call([this] { part_->readPixels(first_row_ + static_cast<int>(position_)); });
      for (Index c = 0; c < format_.channels; ++c) {
        const char* from = row_.data() + c * cols * 4;
        const NumberType type{channels_[static_cast<std::size_t>(c)].type == Imf::UINT ? 'u' : 'f',
                              4, false};
        with_sample_type(out.type, [&]<class T>() {
          convert_numbers(type, from, 4, cols, out.as<T>().channel(c) + n * cols);
        });
      }
    }
    return count;
  }

  bool seek(Index, Index position) override {
    position_ = position;
    return true;
  }

 private:
  template <class Body>
  void call(Body body) {
    exr_guarded(body, [this](const std::string& words) {
      file_.fail("truncated or corrupt OpenEXR: " + words);
    });
  }

  // The first header's extents, before the library takes memory for a table of their rows.
  void refuse_impossible_header() {
    ExrInput stream(file_);
    stream.seekg(4);  // behind the mark
    char version[4];
    stream.read(version, 4);
    Imf::Header header;
    int number = static_cast<unsigned char>(version[0]);
    if (number != 2) file_.fail("OpenEXR of version " + std::to_string(number) + "; 2 is read");
    refuse_impossible_exr_attributes(file_);
    header.readFrom(stream, number);
    refuse_impossible(header);
  }

  void refuse_impossible(const Imf::Header& header) const {
    const Imath::Box2i& window = header.dataWindow();
    const double cols = 1.0 + window.max.x - window.min.x, rows = 1.0 + window.max.y - window.min.y;
    double channels = 0;
    for (auto i = header.channels().begin(); i != header.channels().end(); ++i) ++channels;
    double most_rows = kMostRowsOfBlock, block_rows = std::min(most_rows, rows);
    if (header.hasTileDescription()) {
      most_rows = header.tileDescription().ySize;
      block_rows = std::min(most_rows, rows);
    }
    const auto size = static_cast<double>(file_.size());
    const bool fits =
        cols >= 1 && rows >= 1 && channels >= 1 &&
        cols * channels * 4 * block_rows <= kMostBytesPerFileByte * size + kFreeBytes &&
        rows <= size / kLeastBlockBytes * most_rows + most_rows;
    if (fits) return;
    char claim[96];
    std::snprintf(claim, sizeof claim, "%.0fx%.0f pixels of %.0f channels", cols, rows, channels);
    file_.fail(std::string("truncated: header states ") + claim + ", " +
               std::to_string(file_.size()) + " bytes cannot hold them");
  }

  void refuse_unreadable(const Imf::Header& header) const {
    const bool deep =
        header.hasType() && header.type() != Imf::SCANLINEIMAGE && header.type() != Imf::TILEDIMAGE;
    if (deep) file_.fail("a deep OpenEXR image (" + header.type() + "); flat ones are read");
    refuse_impossible(header);
    Index count = 0;
    for (auto i = header.channels().begin(); i != header.channels().end(); ++i, ++count) {
      if (i.channel().xSampling == 1 && i.channel().ySampling == 1) continue;
      file_.fail(std::string("an OpenEXR image whose channel ") + i.name() +
                 " has fewer pixels than others (luminance and chroma); full channels are read");
    }
    if (count <= kMostChannels) return;
    file_.fail("an OpenEXR image of " + std::to_string(count) + " channels; allowed are 1 to " +
               std::to_string(kMostChannels));
  }

  void set_format(const Imf::Header& header) {
    const Imath::Box2i& window = header.dataWindow();
    const bool whole_numbers = std::any_of(channels_.begin(), channels_.end(),
                                           [](const auto& c) { return c.type == Imf::UINT; });
    encoding_.container = "openexr";
    encoding_.sample = whole_numbers ? Encoding::Sample::f64 : Encoding::Sample::f32;
    format_.type = slab_type(encoding_.sample);
    format_.channels = std::ssize(channels_);
    format_.inner = {Index{window.max.x} - window.min.x + 1};
    format_.extent = Index{window.max.y} - window.min.y + 1;
    first_row_ = window.min.y;
    first_col_ = window.min.x;
    row_.resize(static_cast<std::size_t>(format_.channels * format_.inner[0] * 4));
    if (exr_->parts() > 1) {
      encoding_.notes.push_back("its first part is read, of " + std::to_string(exr_->parts()));
    }
  }

  void describe(const Imf::Header& header) {
    Description description;
    if (format_.channels > 1) description.channels.push_back({"c", format_.channels, 1, 0, "", 0});
    description.space = {{"y", *format_.extent, 1, 0, "", 0}, {"x", format_.inner[0], 1, 0, "", 0}};
    description.container = "openexr";
    call([&] { description.header = exr_bytes(header); });
    encoding_.description = std::make_shared<Description>(std::move(description));
  }

  // Every row of the image lands in the same memory.
  Imf::FrameBuffer row_buffer() {
    Imf::FrameBuffer buffer;
    const Index run = format_.inner[0] * 4;
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      char* base = row_.data() + static_cast<Index>(c) * run - Index{first_col_} * 4;
      const Imf::PixelType type = channels_[c].type == Imf::UINT ? Imf::UINT : Imf::FLOAT;
      buffer.insert(channels_[c].name, Imf::Slice(type, base, 4, 0));
    }
    return buffer;
  }

  InputFile file_;
  ExrInput stream_;
  std::unique_ptr<Imf::MultiPartInputFile> exr_;
  std::unique_ptr<Imf::InputPart> part_;
  std::vector<ExrChannel> channels_;
  Format format_;
  Encoding encoding_;
  int first_row_ = 0, first_col_ = 0;  // of the data window
  Index position_ = 0;
  std::vector<char> row_;  // of each channel, 4 bytes a pixel
};

}  // namespace

std::unique_ptr<Source> open_exr(InputFile file, const SourceOptions&) {
  return std::make_unique<ExrSource>(std::move(file));
}

}  // namespace faltung
