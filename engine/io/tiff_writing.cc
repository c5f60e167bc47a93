// TIFF images and volumes written: uncompressed strips, BigTIFF where 4 GB may be passed.
//
// A slice is a page, or a page for each channel where the axes are described; time points follow
// each other. What axes and spacing are is said as OME-XML in the first page, and of a picture
// alone whose spacing is a length, in the resolution that every TIFF has.
#include <algorithm>
#include <limits>
#include <vector>

#include "engine/io/containers.h"
#include "engine/io/resolution.h"
#include "engine/io/samples.h"
#include "engine/io/tiff_library.h"
#include "engine/io/tiff_stack.h"

namespace faltung {
namespace {

using Sample = Encoding::Sample;

constexpr double kMostClassicBytes = 0xf0000000;  // of samples that surely fit 32-bit offsets
constexpr double kPageBytes = 512;                // of a page's header, at most

Sample sample_for(const Format& format, const Encoding& like) {
  if (like.sample == Sample::none) {
    return format.type == SampleType::float64 ? Sample::f64 : Sample::f32;
  }
  return like.sample == Sample::s24 ? Sample::s32 : like.sample;
}

const char* ome_type(Sample sample) {
  constexpr const char* kTypes[] = {"",      "uint8", "uint16", "int8",  "int16",
                                    "int32", "int32", "float",  "double"};
  return kTypes[static_cast<std::size_t>(sample)];
}

// How a signal's positions become pages.
struct Pages {
  Pages(const Format& format, const Encoding& like, Sample sample);

  bool big = true;                            // offsets of 64 bits
  Index together = 1;                         // channels of a page
  Index channels = 1;                         // pages of a slice
  std::string words;                          // the first one's description
  double x_resolution = 0, y_resolution = 0;  // pixels per `unit`; 0: none
  int unit = RESUNIT_NONE;

 private:
  void set_together(const Format& format, const Description* description);
  void set_resolution(const Description& description);
  OmeWords ome_words(const Format& format, const Encoding& like, Sample sample) const;
};

Pages::Pages(const Format& format, const Encoding& like, Sample sample) {
  const Description* description = like.description.get();
  const bool described = description && std::ssize(description->space) == format.spatial_rank();
  set_together(format, described ? description : nullptr);
  const auto items = static_cast<double>(like.items);
  const auto bytes = static_cast<double>(format.inner_size() * format.channels * bytes_of(sample));
  const auto pages = static_cast<double>(channels) * kPageBytes;
  const double positions = static_cast<double>(format.extent.value_or(0)) * items;
  big = !format.extent || positions * (bytes + pages) > kMostClassicBytes;
  if (described) set_resolution(*description);
  const bool picture = format.inner.rank() == 1 && like.items == 1;
  const bool elsewhere = described && unit == RESUNIT_NONE &&
                         std::any_of(description->space.begin(), description->space.end(),
                                     [](const FileAxis& a) { return a.spacing != 1; });
  const bool stated = described && (!picture || elsewhere || description->container == "ome-tiff");
  if (format.extent && (stated || like.items > 1)) {
    words = ome_xml(ome_words(format, like, sample));
  } else if (described && description->entries.contains("ImageDescription")) {
    words = description->entries.at("ImageDescription");
  }
}

// Colours stay together, as do the channels of a picture, whose rows come one by one.
void Pages::set_together(const Format& format, const Description* description) {
  together = format.channels;
  if (!description || format.inner.rank() == 1) return;
  const bool colours = !description->channels.empty() && description->channels.back().name == "s";
  const Index samples = colours ? description->channels.back().extent : 1;
  together = samples > 0 && format.channels % samples == 0 ? samples : 1;
  channels = format.channels / together;
}

void Pages::set_resolution(const Description& description) {
  const auto [y_mm, x_mm] = picture_spacing_mm(description);
  if (!(x_mm > 0)) return;
  unit = RESUNIT_CENTIMETER;
  x_resolution = 10 / x_mm;
  y_resolution = 10 / y_mm;
}

OmeWords Pages::ome_words(const Format& format, const Encoding& like, Sample sample) const {
  OmeWords ome;
  ome.type = ome_type(sample);
  ome.samples = together;
  ome.channels = channels;
  ome.times = like.items;
  const bool volume = format.inner.rank() == 2;
  if (volume) ome.slices = *format.extent;
  const Description none;
  const Description& given = like.description ? *like.description : none;
  if (std::ssize(given.space) == format.spatial_rank()) {
    ome.x = given.space.back();
    ome.y = *(given.space.end() - 2);
    if (volume) ome.z = given.space.front();
  }
  if (!given.items.empty()) ome.t = given.items.back();
  ome.t.name = "t";
  ome.x.extent = format.inner.back();
  ome.y.extent = volume ? format.inner[0] : *format.extent;
  return ome;
}

class TiffSink : public Sink {
 public:
  TiffSink(const std::string& path, const Format& format, const Encoding& like)
      : format_(format),
        sample_(sample_for(format, like)),
        scale_(full_scale_of(sample_) / like.full_scale),
        pages_(format, like, sample_),
        items_(like.items),
        file_(path) {
    row_.resize(
        static_cast<std::size_t>(format.inner.back() * pages_.together * bytes_of(sample_)));
    tiff_.reset(TIFFClientOpenExt(
        path.c_str(), pages_.big ? "w8" : "w", &file_, read, write_bytes, seek,
        [](thandle_t) { return 0; },
        [](thandle_t f) { return static_cast<toff_t>(static_cast<StagedFile*>(f)->size()); },
        [](thandle_t, void**, toff_t*) { return 0; }, [](thandle_t, void*, toff_t) {},
        complaint_.options()));
    if (!tiff_) fail();
  }

  Stored stored() const override { return stored_as(sample_, scale_); }

  void write(const Slab& slab) override {
    for (Index n = 0; n < slab.extent; ++n) {
      if (is_volume()) {
        write_slice(slab, n);
      } else {
        write_line(slab, n);
      }
      ++position_;
    }
  }

  void commit() override {
    if (position_ == 0) file_.fail("a TIFF needs at least one row or slice; none came");
    if (format_.extent && position_ != *format_.extent * items_) {
      file_.fail(std::to_string(*format_.extent * items_) + " rows or slices were announced, " +
                 std::to_string(position_) + " came");
    }
    if (!is_volume()) end_page();
    tiff_.reset();
    if (!complaint_.empty()) fail();
    file_.commit();
  }

 private:
  static tmsize_t read(thandle_t file, void* to, tmsize_t bytes) {
    return static_cast<StagedFile*>(file)->try_read(to, static_cast<std::size_t>(bytes));
  }
  static tmsize_t write_bytes(thandle_t file, void* from, tmsize_t bytes) {
    return static_cast<StagedFile*>(file)->try_write(from, static_cast<std::size_t>(bytes)) ? bytes
                                                                                            : -1;
  }
  static toff_t seek(thandle_t file, toff_t offset, int whence) {
    return static_cast<toff_t>(
        static_cast<StagedFile*>(file)->seek(static_cast<Index>(offset), whence));
  }

  bool is_volume() const { return format_.inner.rank() == 2; }

  void write_slice(const Slab& slab, Index n) {
    const Index rows = format_.inner[0];
    for (Index c = 0; c < pages_.channels; ++c) {
      begin_page(rows);
      const Slab part = slab.some_channels(c * pages_.together, pages_.together);
      for (Index r = 0; r < rows; ++r) write_row(part, n * rows + r, r);
      end_page();
    }
  }

  void write_line(const Slab& slab, Index n) {
    const Index row = format_.extent ? position_ % *format_.extent : position_;
    if (row == 0 && position_ > 0) end_page();
    if (row == 0) begin_page(format_.extent.value_or(0));
    write_row(slab, n, row);
  }

  void write_row(const Slab& slab, Index line, Index row) {
    const Index cols = format_.inner.back();
    interleave(sample_, slab, line * cols, cols, row_.data(), scale_);
    if (TIFFWriteScanline(tiff_.get(), row_.data(), static_cast<std::uint32_t>(row), 0) != 1)
      fail();
  }

  void begin_page(Index rows) {
    set(TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(format_.inner.back()));
    set(TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(rows));
    set(TIFFTAG_BITSPERSAMPLE, static_cast<int>(8 * bytes_of(sample_)));
    set(TIFFTAG_SAMPLEFORMAT, !is_integer(sample_)      ? SAMPLEFORMAT_IEEEFP
                              : name(sample_)[0] == 's' ? SAMPLEFORMAT_INT
                                                        : SAMPLEFORMAT_UINT);
    set(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    set(TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    set_channels();
    if (is_volume() || items_ > 1) set(TIFFTAG_SUBFILETYPE, FILETYPE_PAGE);
    if (pages_.unit != RESUNIT_NONE) {
      set(TIFFTAG_RESOLUTIONUNIT, pages_.unit);
      set(TIFFTAG_XRESOLUTION, pages_.x_resolution);
      set(TIFFTAG_YRESOLUTION, pages_.y_resolution);
    }
    if (position_ == 0 && !described_ && !pages_.words.empty()) {
      set(TIFFTAG_IMAGEDESCRIPTION, pages_.words.c_str());
    }
    described_ = true;
    set(TIFFTAG_ROWSPERSTRIP, TIFFDefaultStripSize(tiff_.get(), 0));
  }

  void set_channels() {
    const bool color = pages_.together == 3 || pages_.together == 4;
    set(TIFFTAG_SAMPLESPERPIXEL, static_cast<int>(pages_.together));
    set(TIFFTAG_PHOTOMETRIC, color ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK);
    const Index extra = pages_.together - (color ? 3 : 1);
    if (extra == 0) return;
    std::vector<std::uint16_t> kinds(static_cast<std::size_t>(extra), EXTRASAMPLE_UNSPECIFIED);
    if (extra == 1) kinds[0] = EXTRASAMPLE_UNASSALPHA;
    TIFFSetField(tiff_.get(), TIFFTAG_EXTRASAMPLES, static_cast<int>(extra), kinds.data());
  }

  void end_page() {
    if (TIFFWriteDirectory(tiff_.get()) != 1) fail();
  }

  template <class T>
  void set(ttag_t tag, T value) {
    if (TIFFSetField(tiff_.get(), tag, value) != 1) fail();
  }

  [[noreturn]] void fail() {
    file_.check();
    file_.fail("libtiff: " + complaint_.take());
  }

  Format format_;
  Sample sample_;
  double scale_;
  Pages pages_;
  Index items_;
  StagedFile file_;
  TiffComplaint complaint_;
  TiffHandle tiff_;     // after what it writes through
  Index position_ = 0;  // of all items
  bool described_ = false;
  std::vector<char> row_;
};

}  // namespace

std::unique_ptr<Sink> create_tiff(const Container& container, const std::string& path,
                                  const Format& format, const Encoding& like) {
  require_inner_rank(container, format, 1, 2);
  constexpr Index most_channels = std::numeric_limits<std::uint16_t>::max();
  constexpr Index most_extent = std::numeric_limits<std::int32_t>::max();
  const bool fits = format.channels <= most_channels && format.inner[0] <= most_extent &&
                    format.inner.back() <= most_extent && format.inner_size() > 0;
  if (!fits) throw Error(Code::configuration, "tiff cannot hold " + format.text());
  if (like.items > 1 && !format.extent) {
    throw Error(Code::configuration,
                "a TIFF of several items needs to know their extent before it is written");
  }
  return std::make_unique<TiffSink>(path, format, like);
}

}  // namespace faltung
