// TIFF images and volumes (one slice a page), integers of 8 to 32 bits and floats.
//
// Strips are read scanline by scanline, tiles a row of tiles at a time; planes that lie apart are
// read through a handle each. Written uncompressed, in strips; as BigTIFF where 4 GB may be passed.
#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <limits>
#include <list>
#include <utility>
#include <vector>

#include "engine/io/containers.h"
#include "engine/io/mapped_file.h"
#include "engine/io/samples.h"

namespace faltung {
namespace {

using Sample = Encoding::Sample;

constexpr Index kMostClassicBytes = 0xf0000000;   // of samples that surely fit 32-bit offsets
constexpr Index kMostRowBytesPerFileByte = 4096;  // what a row may claim: hostile widths end here
constexpr Index kFreeRowBytes = 1 << 20;          // and what it may claim in any file
constexpr int kMostPlanes = 64;                   // handles open at a time
constexpr Index kReleaseBytes = 8 << 20;          // mapped pages are let go after so many bytes

struct Close {
  void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
};
using Handle = std::unique_ptr<TIFF, Close>;

// The first thing libtiff complained about since it was asked.
struct Complaint {
  std::string text;
  std::string take() { return std::exchange(text, {}); }
};

int on_error(TIFF*, void* user, const char*, const char* form, va_list values) {
  auto& complaint = *static_cast<Complaint*>(user);
  char line[200];
  std::vsnprintf(line, sizeof line, form, values);
  if (complaint.text.empty()) complaint.text = line;
  return 1;
}

int on_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

struct Options {
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  explicit Options(Complaint& complaint) {
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, &complaint);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, nullptr);
  }
  ~Options() { TIFFOpenOptionsFree(options); }
};

template <class T>
T field(TIFF* tiff, ttag_t tag, T otherwise) {
  T value = otherwise;
  return TIFFGetFieldDefaulted(tiff, tag, &value) ? value : otherwise;
}

// What all pages must have in common.
struct Geometry {
  std::uint32_t cols = 0;
  std::uint32_t rows = 0;
  std::uint16_t channels = 1;
  std::uint16_t bits = 1;
  std::uint16_t sample_format = SAMPLEFORMAT_UINT;
  std::uint16_t photometric = PHOTOMETRIC_MINISBLACK;
  bool planar = false;  // planes lie apart
  bool operator==(const Geometry&) const = default;

  explicit Geometry(TIFF* tiff)
      : cols(field<std::uint32_t>(tiff, TIFFTAG_IMAGEWIDTH, 0)),
        rows(field<std::uint32_t>(tiff, TIFFTAG_IMAGELENGTH, 0)),
        channels(field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL, 1)),
        bits(field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE, 1)),
        sample_format(field<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT)),
        photometric(field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK)),
        planar(field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) ==
                   PLANARCONFIG_SEPARATE &&
               channels > 1) {}

  Sample sample() const {
    const bool real = sample_format == SAMPLEFORMAT_IEEEFP;
    const bool sign = sample_format == SAMPLEFORMAT_INT;
    if (real) return bits == 32 ? Sample::f32 : bits == 64 ? Sample::f64 : Sample::none;
    if (sample_format != SAMPLEFORMAT_UINT && sample_format != SAMPLEFORMAT_VOID && !sign) {
      return Sample::none;
    }
    if (bits == 8) return sign ? Sample::s8 : Sample::u8;
    if (bits == 16) return sign ? Sample::s16 : Sample::u16;
    return bits == 32 && sign ? Sample::s32 : Sample::none;
  }
};

bool is_overview(TIFF* tiff) {
  return field<std::uint32_t>(tiff, TIFFTAG_SUBFILETYPE, 0) &
         (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK);
}

// A handle's way to the mapped file: libtiff reads the header by calls, all else from the map.
struct Reader {
  const MappedFile* map;
  Index position = 0;

  static tmsize_t read(thandle_t handle, void* to, tmsize_t bytes) {
    auto& self = *static_cast<Reader*>(handle);
    const Index count = std::clamp<Index>(self.map->size() - self.position, 0, bytes);
    std::memcpy(to, self.map->data() + (count > 0 ? self.position : 0),
                static_cast<std::size_t>(count));
    self.position += count;
    return count;
  }
  static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    auto& self = *static_cast<Reader*>(handle);
    const Index origin = whence == SEEK_SET   ? 0
                         : whence == SEEK_CUR ? self.position
                                              : self.map->size();
    const auto target = static_cast<Index>(static_cast<toff_t>(origin) + offset);
    if (target < 0) return static_cast<toff_t>(-1);
    return static_cast<toff_t>(self.position = target);
  }
  static toff_t size(thandle_t handle) {
    return static_cast<toff_t>(static_cast<Reader*>(handle)->map->size());
  }
  static int map_all(thandle_t handle, void** base, toff_t* bytes) {
    *base = const_cast<char*>(static_cast<Reader*>(handle)->map->data());
    *bytes = size(handle);
    return 1;
  }
};

class TiffSource : public Source {
 public:
  explicit TiffSource(InputFile file) : map_(std::move(file)), file_(map_.file()), handles_(1) {
    handles_[0] = open();
    const Index pages = count_pages();
    const Geometry geometry(tiff());
    refuse_unreadable(geometry);
    for (int plane = 1; geometry.planar && plane < geometry.channels; ++plane) {
      handles_.push_back(open());
    }
    encoding_.container = "tiff";
    encoding_.sample = geometry.sample();
    encoding_.full_scale = full_scale_of(encoding_.sample);
    format_.channels = geometry.channels;
    format_.type = slab_type(encoding_.sample);
    format_.extent = pages > 1 ? pages : geometry.rows;
    if (pages > 1) format_.inner.push_back(geometry.rows);
    format_.inner.push_back(geometry.cols);
    geometry_.push_back(geometry);
    begin_page();
  }

  const Format& format() const override { return format_; }
  const Encoding& encoding() const override { return encoding_; }

  Index read(const Slab& out) override {
    const Index rows = geometry().rows;
    const Index rows_each = is_volume() ? rows : 1;
    const Index count = std::min(out.extent, *format_.extent - position_);
    for (Index n = 0; n < count; ++n, ++position_) {
      if (is_volume() && position_ > 0) next_page();
      for (Index r = 0; r < rows_each; ++r) {
        read_row(is_volume() ? r : position_, out, (n * rows_each + r) * geometry().cols);
        release_now_and_then();
      }
    }
    return count;
  }

 private:
  TIFF* tiff() const { return handles_[0].get(); }
  const Geometry& geometry() const { return geometry_[0]; }
  bool is_volume() const { return format_.inner.rank() == 2; }

  Handle open() {
    const Options options(complaint_);
    Reader& reader = readers_.emplace_back(Reader{&map_});
    Handle handle(TIFFClientOpenExt(
        file_.path().c_str(), "r", &reader, Reader::read,
        [](thandle_t, void*, tmsize_t) -> tmsize_t { return -1; }, Reader::seek,
        [](thandle_t) { return 0; }, Reader::size, Reader::map_all, [](thandle_t, void*, toff_t) {},
        options.options));
    if (!handle) fail("not a TIFF file");
    return colored(std::move(handle));
  }

  // libjpeg's own inverse of YCbCr gives colours; every page has to be told.
  static Handle colored(Handle handle) {
    if (field<std::uint16_t>(handle.get(), TIFFTAG_COMPRESSION, 1) == COMPRESSION_JPEG) {
      TIFFSetField(handle.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    }
    return handle;
  }

  // Pages that are images of their own; stands at the first of them afterwards.
  Index count_pages() {
    Index pages = 0;
    do {
      if (!is_overview(tiff())) ++pages;
    } while (TIFFReadDirectory(tiff()));
    if (!complaint_.text.empty()) fail("truncated or corrupt TIFF");
    // Where libtiff stops silently: pages that lead in a ring, and more than it counts.
    if (!TIFFLastDirectory(tiff())) {
      file_.fail("a TIFF whose pages do not end: page " + std::to_string(pages) +
                 " leads back to an earlier one, or there are more than libtiff reads");
    }
    if (pages == 0) file_.fail("a TIFF without an image of its own");
    handles_[0] = open();
    if (is_overview(tiff())) advance(handles_[0]);
    return pages;
  }

  void advance(Handle& handle) {
    do {
      if (!TIFFReadDirectory(handle.get())) fail("truncated or corrupt TIFF");
    } while (is_overview(handle.get()));
    handle = colored(std::move(handle));
  }

  void next_page() {
    for (auto& handle : handles_) advance(handle);
    if (!(Geometry(tiff()) == geometry())) {
      file_.fail("page " + std::to_string(position_ + 1) +
                 " differs from the first in size or type: not the slices of a volume");
    }
    begin_page();
  }

  void refuse_unreadable(const Geometry& g) const {
    if (g.cols == 0 || g.rows == 0 || g.channels == 0) file_.fail("a TIFF without pixels");
    if (g.sample() == Sample::none) {
      constexpr const char* kFormats[] = {"unsigned", "signed", "float", "untyped"};
      const bool known = g.sample_format >= 1 && g.sample_format <= 4;
      file_.fail(
          "a TIFF of " + std::to_string(g.bits) + "-bit " +
          (known ? kFormats[g.sample_format - 1] : "complex") +
          " samples; 8 and 16-bit integers, signed 32-bit, and floats of 32 and 64 are read");
    }
    if (g.photometric == PHOTOMETRIC_PALETTE)
      file_.fail("a TIFF with a palette; gray and colours are read");
    const auto compression = field<std::uint16_t>(tiff(), TIFFTAG_COMPRESSION, 1);
    if (g.photometric == PHOTOMETRIC_YCBCR && compression != COMPRESSION_JPEG) {
      file_.fail("a TIFF in YCbCr; gray and colours are read");
    }
    if (!TIFFIsCODECConfigured(compression)) {
      file_.fail("a TIFF of compression " + std::to_string(compression) + ", which libtiff lacks");
    }
    if (g.planar && g.channels > kMostPlanes) {
      file_.fail("a TIFF of " + std::to_string(g.channels) + " separate planes; at most " +
                 std::to_string(kMostPlanes) + " are read");
    }
  }

  std::string claim() const {
    const std::string pixels =
        std::to_string(geometry().cols) + "x" + std::to_string(geometry().rows) + " pixels";
    const int channels = geometry().channels;
    return channels == 1 ? pixels : pixels + " of " + std::to_string(channels) + " channels";
  }

  // Sizes and places of the page's data against the file's bytes, then memory for a row of it.
  void begin_page() {
    const bool tiled = TIFFIsTiled(tiff());
    const std::uint32_t count = tiled ? TIFFNumberOfTiles(tiff()) : TIFFNumberOfStrips(tiff());
    for (std::uint32_t i = 0; i < count; ++i) {
      int failed = 0;
      const auto offset = TIFFGetStrileOffsetWithErr(tiff(), i, &failed);
      const auto bytes = TIFFGetStrileByteCountWithErr(tiff(), i, &failed);
      const auto size = static_cast<std::uint64_t>(file_.size());
      if (failed || offset > size || bytes > size - offset) {
        file_.fail("truncated: header states " + claim() + ", part " + std::to_string(i + 1) +
                   " of " + std::to_string(count) + " ends beyond the file's " +
                   std::to_string(size) + " bytes");
      }
    }
    std::uint32_t tile_cols = 0, tile_rows = 1;
    if (tiled) {
      tile_cols = field<std::uint32_t>(tiff(), TIFFTAG_TILEWIDTH, 0);
      tile_rows = field<std::uint32_t>(tiff(), TIFFTAG_TILELENGTH, 0);
      if (tile_cols == 0 || tile_rows == 0) file_.fail("a TIFF of tiles without extent");
    }
    tile_rows_ = tiled ? tile_rows : 0;
    band_row_ = -1;
    const auto row = static_cast<Index>(TIFFScanlineSize64(tiff()));
    const auto tile = tiled ? static_cast<Index>(TIFFTileSize64(tiff())) : 0;
    const Index claimed = std::max(row, tile) + pixel_bytes() * geometry().cols;
    if (row <= 0 || claimed / kMostRowBytesPerFileByte > file_.size() + kFreeRowBytes) {
      file_.fail("truncated: header states " + claim() +
                 (tiled ? " in tiles of " + std::to_string(tile_cols) + "x" +
                              std::to_string(tile_rows)
                        : "") +
                 ", " + std::to_string(file_.size()) + " bytes cannot hold them");
    }
    if (row < pixel_bytes() * geometry().cols) file_.fail(complain("corrupt TIFF"));
    // libtiff writes whole scanlines and tiles; of chroma-subsampled data, more than ours.
    row_.resize(static_cast<std::size_t>(row));
    if (!tiled) return;
    tile_.resize(static_cast<std::size_t>(tile));
    const Index tile_row = static_cast<Index>(TIFFTileRowSize64(tiff()));
    if (tile_row < pixel_bytes() * tile_cols || tile < tile_row * tile_rows_) {
      file_.fail(complain("corrupt TIFF"));
    }
    band_.resize(static_cast<std::size_t>(pixel_bytes() * geometry().cols * tile_rows_) *
                 handles_.size());
  }

  // Bytes of a pixel in one plane.
  Index pixel_bytes() const {
    return bytes_of(encoding_.sample) * (geometry().planar ? 1 : geometry().channels);
  }

  void read_row(Index row, const Slab& out, Index first) {
    const Index cols = geometry().cols;
    for (std::size_t plane = 0; plane < handles_.size(); ++plane) {
      const auto c = static_cast<Index>(plane);
      const Slab part = geometry().planar ? out.some_channels(c, 1) : out;
      deinterleave(encoding_.sample, row_of_plane(row, plane), cols, part, first);
      if (white_is_zero()) invert(part, first, cols);
    }
  }

  const char* row_of_plane(Index row, std::size_t plane) {
    if (tile_rows_ > 0) {
      const Index bytes = pixel_bytes() * geometry().cols;
      if (plane == 0 && row / tile_rows_ != band_row_) read_band(row / tile_rows_);
      const Index planes_before = static_cast<Index>(plane) * tile_rows_ * bytes;
      return band_.data() + planes_before + row % tile_rows_ * bytes;
    }
    if (TIFFReadScanline(handles_[plane].get(), row_.data(), static_cast<std::uint32_t>(row),
                         static_cast<std::uint16_t>(plane)) != 1) {
      fail("truncated or corrupt TIFF");
    }
    return row_.data();
  }

  void read_band(Index band) {
    const Index cols = geometry().cols;
    const auto tile_cols = field<std::uint32_t>(tiff(), TIFFTAG_TILEWIDTH, 0);
    const Index tile_row_bytes = static_cast<Index>(TIFFTileRowSize64(tiff()));
    const Index row_bytes = pixel_bytes() * cols;
    char* to = band_.data();
    for (std::size_t plane = 0; plane < handles_.size(); ++plane, to += tile_rows_ * row_bytes) {
      for (Index col = 0; col < cols; col += tile_cols) {
        if (TIFFReadTile(handles_[plane].get(), tile_.data(), static_cast<std::uint32_t>(col),
                         static_cast<std::uint32_t>(band * tile_rows_), 0,
                         static_cast<std::uint16_t>(plane)) < 0) {
          fail("truncated or corrupt TIFF");
        }
        const Index used = std::min<Index>(tile_cols, cols - col) * pixel_bytes();
        for (Index r = 0; r < tile_rows_; ++r) {
          std::memcpy(to + r * row_bytes + col * pixel_bytes(), tile_.data() + r * tile_row_bytes,
                      static_cast<std::size_t>(used));
        }
      }
    }
    band_row_ = band;
  }

  bool white_is_zero() const {
    const bool counts = encoding_.sample == Sample::u8 || encoding_.sample == Sample::u16;
    return counts && geometry().photometric == PHOTOMETRIC_MINISWHITE;
  }

  // White is the smallest number in such a file; not in ours.
  void invert(const Slab& part, Index first, Index count) const {
    const double white = encoding_.full_scale;
    with_sample_type(part.type, [&]<class T>() {
      const auto slab = part.as<T>();
      for (Index c = 0; c < slab.channels; ++c) {
        T* x = slab.channel(c) + first;
        for (Index i = 0; i < count; ++i) x[i] = static_cast<T>(white) - x[i];
      }
    });
  }

  void release_now_and_then() {
    read_bytes_ += geometry().channels * bytes_of(encoding_.sample) * geometry().cols;
    if (read_bytes_ < kReleaseBytes) return;
    map_.release(0, map_.size());
    read_bytes_ = 0;
  }

  std::string complain(const std::string& what) {
    const std::string text = complaint_.take();
    return what + (text.empty() ? "" : ": " + text);
  }
  [[noreturn]] void fail(const std::string& what) { file_.fail(complain(what)); }

  MappedFile map_;
  const InputFile& file_;
  Complaint complaint_;
  std::list<Reader> readers_;    // of the handles
  std::vector<Handle> handles_;  // one, or one for each plane
  std::vector<Geometry> geometry_;
  Format format_;
  Encoding encoding_;
  Index position_ = 0;
  Index tile_rows_ = 0;   // 0: strips
  Index read_bytes_ = 0;  // since the map's pages were let go
  Index band_row_ = -1;   // the row of tiles that band_ holds
  std::vector<char> row_, tile_, band_;
};

Sample sample_for(const Format& format, const Encoding& like) {
  if (like.sample == Sample::none) {
    return format.type == SampleType::float64 ? Sample::f64 : Sample::f32;
  }
  return like.sample == Sample::s24 ? Sample::s32 : like.sample;
}

class TiffSink : public Sink {
 public:
  TiffSink(const std::string& path, const Format& format, const Encoding& like)
      : format_(format),
        sample_(sample_for(format, like)),
        scale_(full_scale_of(sample_) / like.full_scale),
        file_(path) {
    row_.resize(
        static_cast<std::size_t>(format.inner.back() * format.channels * bytes_of(sample_)));
    const bool big =
        !format.extent ||
        static_cast<double>(*format.extent) *
                static_cast<double>(format.inner_size() * format.channels * bytes_of(sample_)) >
            static_cast<double>(kMostClassicBytes);
    const Options options(complaint_);
    tiff_.reset(TIFFClientOpenExt(
        path.c_str(), big ? "w8" : "w", &file_, read, write_bytes, seek,
        [](thandle_t) { return 0; },
        [](thandle_t f) { return static_cast<toff_t>(static_cast<StagedFile*>(f)->size()); },
        [](thandle_t, void**, toff_t*) { return 0; }, [](thandle_t, void*, toff_t) {},
        options.options));
    if (!tiff_) fail();
  }

  Stored stored() const override { return stored_as(sample_, scale_); }

  void write(const Slab& slab) override {
    const bool volume = format_.inner.rank() == 2;
    const Index rows = volume ? format_.inner[0] : 1;
    const Index cols = format_.inner.back();
    for (Index n = 0; n < slab.extent; ++n, ++position_) {
      if (volume || position_ == 0) begin_page();
      for (Index r = 0; r < rows; ++r) {
        interleave(sample_, slab, (n * rows + r) * cols, cols, row_.data(), scale_);
        const auto row = static_cast<std::uint32_t>(volume ? r : position_);
        if (TIFFWriteScanline(tiff_.get(), row_.data(), row, 0) != 1) fail();
      }
      if (volume && TIFFWriteDirectory(tiff_.get()) != 1) fail();
    }
  }

  void commit() override {
    if (position_ == 0) file_.fail("a TIFF needs at least one row or slice; none came");
    if (format_.inner.rank() == 1 && TIFFWriteDirectory(tiff_.get()) != 1) fail();
    tiff_.reset();
    if (!complaint_.text.empty()) fail();
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

  void begin_page() {
    const Index channels = format_.channels;
    const bool volume = format_.inner.rank() == 2;
    const Index rows = volume ? format_.inner[0] : format_.extent.value_or(0);
    const bool color = channels == 3 || channels == 4;
    set(TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(format_.inner.back()));
    set(TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(rows));
    set(TIFFTAG_BITSPERSAMPLE, static_cast<int>(8 * bytes_of(sample_)));
    set(TIFFTAG_SAMPLESPERPIXEL, static_cast<int>(channels));
    set(TIFFTAG_SAMPLEFORMAT, !is_integer(sample_)      ? SAMPLEFORMAT_IEEEFP
                              : name(sample_)[0] == 's' ? SAMPLEFORMAT_INT
                                                        : SAMPLEFORMAT_UINT);
    set(TIFFTAG_PHOTOMETRIC, color ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK);
    set(TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    set(TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    if (volume) set(TIFFTAG_SUBFILETYPE, FILETYPE_PAGE);
    const Index extra = channels - (color ? 3 : 1);
    if (extra > 0) {
      std::vector<std::uint16_t> kinds(static_cast<std::size_t>(extra), EXTRASAMPLE_UNSPECIFIED);
      if (extra == 1) kinds[0] = EXTRASAMPLE_UNASSALPHA;
      TIFFSetField(tiff_.get(), TIFFTAG_EXTRASAMPLES, static_cast<int>(extra), kinds.data());
    }
    set(TIFFTAG_ROWSPERSTRIP, TIFFDefaultStripSize(tiff_.get(), 0));
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
  StagedFile file_;
  Complaint complaint_;
  Handle tiff_;  // after what it writes through
  Index position_ = 0;
  std::vector<char> row_;
};

}  // namespace

std::unique_ptr<Source> open_tiff(InputFile file, const SourceOptions&) {
  return std::make_unique<TiffSource>(std::move(file));
}

std::unique_ptr<Sink> create_tiff(const Container& container, const std::string& path,
                                  const Format& format, const Encoding& like) {
  require_inner_rank(container, format, 1, 2);
  constexpr Index most_channels = std::numeric_limits<std::uint16_t>::max();
  constexpr Index most_extent = std::numeric_limits<std::int32_t>::max();
  const bool fits = format.channels <= most_channels && format.inner[0] <= most_extent &&
                    format.inner.back() <= most_extent && format.inner_size() > 0;
  if (!fits) throw Error(Code::configuration, "tiff cannot hold " + format.text());
  return std::make_unique<TiffSink>(path, format, like);
}

}  // namespace faltung
