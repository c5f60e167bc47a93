// One page of a TIFF at a time, read row by row: strips, tiles, planes.
#include "engine/io/tiff_page.h"

#include <algorithm>
#include <cstring>

#include "engine/io/samples.h"

namespace faltung {
namespace {

constexpr Index kMostRowBytesPerFileByte = 4096;  // what a row may claim: hostile widths end here
constexpr Index kFreeRowBytes = 1 << 20;          // and what it may claim in any file
constexpr int kMostPlanes = 64;                   // handles open at a time

}  // namespace

struct TiffPage::Reader {
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

TiffGeometry::TiffGeometry(TIFF* tiff)
    : cols(tiff_field<std::uint32_t>(tiff, TIFFTAG_IMAGEWIDTH, 0)),
      rows(tiff_field<std::uint32_t>(tiff, TIFFTAG_IMAGELENGTH, 0)),
      channels(tiff_field<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL, 1)),
      bits(tiff_field<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE, 1)),
      sample_format(tiff_field<std::uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT)),
      photometric(tiff_field<std::uint16_t>(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK)),
      planar(tiff_field<std::uint16_t>(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) ==
                 PLANARCONFIG_SEPARATE &&
             channels > 1) {}

bool TiffGeometry::is_read() const noexcept {
  const bool known = sample_format >= SAMPLEFORMAT_UINT && sample_format <= SAMPLEFORMAT_VOID;
  return known && bits % 8 == 0 && is_allowed(number());
}

NumberType TiffGeometry::number() const noexcept {
  const char kind = sample_format == SAMPLEFORMAT_IEEEFP ? 'f'
                    : sample_format == SAMPLEFORMAT_INT  ? 'i'
                                                         : 'u';
  return {kind, bits / 8, false};  // libtiff swaps
}

bool TiffGeometry::white_is_zero() const noexcept {
  return photometric == PHOTOMETRIC_MINISWHITE && number().kind == 'u' && bits <= 16;
}

TiffPage::TiffPage(const MappedFile& map) : map_(map), file_(map.file()) {
  handles_.push_back(open());
}

TiffPage::~TiffPage() = default;

TiffHandle TiffPage::open() {
  Reader& reader = readers_.emplace_back(Reader{&map_});
  TiffHandle handle(TIFFClientOpenExt(
      file_.path().c_str(), "rh", &reader, Reader::read,  // h: without the first page
      [](thandle_t, void*, tmsize_t) -> tmsize_t { return -1; }, Reader::seek,
      [](thandle_t) { return 0; }, Reader::size, Reader::map_all, [](thandle_t, void*, toff_t) {},
      complaint_.options()));
  if (!handle) fail("not a TIFF file");
  return handle;
}

void TiffPage::go_to(Index offset) {
  if (offset == offset_) return;
  select(handles_[0], offset);
  geometry_ = TiffGeometry(tiff());
  refuse_unreadable();
  const std::size_t planes = geometry_.planar ? geometry_.channels : 1;
  while (handles_.size() > planes) handles_.pop_back();
  while (handles_.size() < planes) handles_.push_back(open());
  for (std::size_t plane = 1; plane < planes; ++plane) select(handles_[plane], offset);
  find_tiles();
  refuse_beyond_file();
  make_room();
  offset_ = offset;
}

void TiffPage::select(TiffHandle& handle, Index offset) {
  const bool found = TIFFSetSubDirectory(handle.get(), static_cast<toff_t>(offset));
  if (!found || !complaint_.empty()) fail("truncated or corrupt TIFF");
  // libjpeg's own inverse of YCbCr gives colours; every page has to be told.
  if (tiff_field<std::uint16_t>(handle.get(), TIFFTAG_COMPRESSION, 1) == COMPRESSION_JPEG) {
    TIFFSetField(handle.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  }
}

std::string TiffPage::text(ttag_t tag) const {
  char* text = nullptr;
  return TIFFGetField(tiff(), tag, &text) && text ? text : "";
}

TiffPage::Resolution TiffPage::resolution() const {
  Resolution result;
  float x = 0, y = 0;
  if (TIFFGetField(tiff(), TIFFTAG_XRESOLUTION, &x)) result.x = static_cast<double>(x);
  if (TIFFGetField(tiff(), TIFFTAG_YRESOLUTION, &y)) result.y = static_cast<double>(y);
  result.unit = tiff_field<std::uint16_t>(tiff(), TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
  return result;
}

void TiffPage::refuse_unreadable() const {
  const TiffGeometry& g = geometry_;
  if (g.cols == 0 || g.rows == 0 || g.channels == 0) file_.fail("a TIFF without pixels");
  if (!g.is_read()) {
    constexpr const char* kFormats[] = {"unsigned", "signed", "float", "untyped"};
    const bool known = g.sample_format >= 1 && g.sample_format <= 4;
    file_.fail("a TIFF of " + std::to_string(g.bits) + "-bit " +
               (known ? kFormats[g.sample_format - 1] : "complex") +
               " samples; integers of 8, 16 and 32 bits, and floats of 16, 32 and 64 are read");
  }
  const auto compression = tiff_field<std::uint16_t>(tiff(), TIFFTAG_COMPRESSION, 1);
  if (g.photometric == PHOTOMETRIC_PALETTE)
    file_.fail("a TIFF with a palette; gray and colours are read");
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

std::string TiffPage::claim() const {
  const int channels = geometry_.channels;
  return std::to_string(geometry_.cols) + "x" + std::to_string(geometry_.rows) + " pixels" +
         (channels == 1 ? "" : " of " + std::to_string(channels) + " channels") +
         (tile_rows_ == 0
              ? ""
              : " in tiles of " + std::to_string(tile_cols_) + "x" + std::to_string(tile_rows_));
}

void TiffPage::find_tiles() {
  const bool tiled = TIFFIsTiled(tiff());
  tile_cols_ = tiled ? tiff_field<std::uint32_t>(tiff(), TIFFTAG_TILEWIDTH, 0) : 0;
  tile_rows_ = tiled ? tiff_field<std::uint32_t>(tiff(), TIFFTAG_TILELENGTH, 0) : 0;
  if (tiled && (tile_cols_ <= 0 || tile_rows_ <= 0)) file_.fail("a TIFF of tiles without extent");
}

void TiffPage::refuse_beyond_file() const {
  const bool tiled = tile_rows_ > 0;
  const std::uint32_t count = tiled ? TIFFNumberOfTiles(tiff()) : TIFFNumberOfStrips(tiff());
  const auto size = static_cast<std::uint64_t>(file_.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    int failed = 0;
    const auto offset = TIFFGetStrileOffsetWithErr(tiff(), i, &failed);
    const auto bytes = TIFFGetStrileByteCountWithErr(tiff(), i, &failed);
    if (failed || offset > size || bytes > size - offset) {
      file_.fail("truncated: header states " + claim() + ", part " + std::to_string(i + 1) +
                 " of " + std::to_string(count) + " ends beyond the file's " +
                 std::to_string(file_.size()) + " bytes");
    }
  }
}

// Memory for a row of it, and of its tiles.
void TiffPage::make_room() {
  const bool tiled = tile_rows_ > 0;
  strip_rows_ = tiff_field<std::uint32_t>(tiff(), TIFFTAG_ROWSPERSTRIP, geometry_.rows);
  const Index row = static_cast<Index>(TIFFScanlineSize64(tiff()));
  const Index tile = tiled ? static_cast<Index>(TIFFTileSize64(tiff())) : 0;
  const Index own_row = pixel_bytes() * geometry_.cols;
  const Index rows = std::max<Index>(std::min<Index>(tile_rows_, 1 << 30), 1);
  const Index most = (kMostRowBytesPerFileByte * file_.size() + kFreeRowBytes);
  if (row <= 0 || row > most || tile > most ||
      own_row > most / rows / static_cast<Index>(handles_.size())) {
    file_.fail("truncated: header states " + claim() + ", " + std::to_string(file_.size()) +
               " bytes cannot hold them");
  }
  if (row < own_row) fail("corrupt TIFF");
  // libtiff writes whole scanlines and tiles; of chroma-subsampled data, more than ours.
  row_.resize(static_cast<std::size_t>(row));
  next_row_.assign(handles_.size(), 0);
  band_row_ = -1;
  if (!tiled) return;
  tile_.resize(static_cast<std::size_t>(tile));
  const Index tile_row = static_cast<Index>(TIFFTileRowSize64(tiff()));
  if (tile_row < pixel_bytes() * tile_cols_ || tile < tile_row * tile_rows_) fail("corrupt TIFF");
  band_.resize(static_cast<std::size_t>(own_row * tile_rows_) * handles_.size());
}

Index TiffPage::memory_bytes() const noexcept {
  return std::ssize(row_) + std::ssize(tile_) + std::ssize(band_);
}

Index TiffPage::pixel_bytes() const noexcept {
  return geometry_.bits / 8 * (geometry_.planar ? 1 : geometry_.channels);
}

void TiffPage::read_row(Index row, const Slab& out, Index first) {
  for (std::size_t plane = 0; plane < handles_.size(); ++plane) {
    const Slab part = geometry_.planar ? out.some_channels(static_cast<Index>(plane), 1) : out;
    convert(row_of_plane(row, plane), part, first);
  }
}

void TiffPage::convert(const char* row, const Slab& out, Index first) const {
  const Index cols = geometry_.cols;
  const NumberType number = geometry_.number();
  const Index together = geometry_.planar ? 1 : geometry_.channels;
  const bool plain = number.text() != "u4" && number.text() != "f2";
  if (plain) deinterleave(geometry_.sample(), row, cols, out, first);
  if (plain && !geometry_.white_is_zero()) return;
  const double white = full_scale_of(geometry_.sample());
  with_sample_type(out.type, [&]<class T>() {
    const auto slab = out.as<T>();
    for (Index c = 0; c < together; ++c) {
      T* x = slab.channel(c) + first;
      if (!plain) {
        convert_numbers(number, row + c * number.bytes, together * number.bytes, cols, x);
        continue;
      }
      for (Index i = 0; i < cols; ++i) x[i] = static_cast<T>(white) - x[i];
    }
  });
}

const char* TiffPage::row_of_plane(Index row, std::size_t plane) {
  if (tile_rows_ == 0) return scanline(row, plane);
  const Index bytes = pixel_bytes() * geometry_.cols;
  if (plane == 0 && row / tile_rows_ != band_row_) read_band(row / tile_rows_);
  const Index planes_before = static_cast<Index>(plane) * tile_rows_ * bytes;
  return band_.data() + planes_before + row % tile_rows_ * bytes;
}

// What is compressed is read from its strip's beginning on.
const char* TiffPage::scanline(Index row, std::size_t plane) {
  Index& next = next_row_[plane];
  const Index begin = row - row % std::max<Index>(strip_rows_, 1);
  for (Index r = next >= begin && next <= row ? next : begin; r <= row; ++r) {
    if (TIFFReadScanline(handles_[plane].get(), row_.data(), static_cast<std::uint32_t>(r),
                         static_cast<std::uint16_t>(plane)) != 1) {
      fail("truncated or corrupt TIFF");
    }
  }
  next = row + 1;
  return row_.data();
}

void TiffPage::read_band(Index band) {
  const Index bytes = tile_rows_ * pixel_bytes() * geometry_.cols;
  for (std::size_t plane = 0; plane < handles_.size(); ++plane) {
    read_tiles(band, plane, band_.data() + static_cast<Index>(plane) * bytes);
  }
  band_row_ = band;
}

void TiffPage::read_tiles(Index band, std::size_t plane, char* to) {
  const Index cols = geometry_.cols, row_bytes = pixel_bytes() * cols;
  const Index tile_row_bytes = static_cast<Index>(TIFFTileRowSize64(tiff()));
  for (Index col = 0; col < cols; col += tile_cols_) {
    if (TIFFReadTile(handles_[plane].get(), tile_.data(), static_cast<std::uint32_t>(col),
                     static_cast<std::uint32_t>(band * tile_rows_), 0,
                     static_cast<std::uint16_t>(plane)) < 0) {
      fail("truncated or corrupt TIFF");
    }
    const Index used = std::min(tile_cols_, cols - col) * pixel_bytes();
    for (Index r = 0; r < tile_rows_; ++r) {
      std::memcpy(to + r * row_bytes + col * pixel_bytes(), tile_.data() + r * tile_row_bytes,
                  static_cast<std::size_t>(used));
    }
  }
}

void TiffPage::fail(const std::string& what) const {
  const std::string text = complaint_.take();
  file_.fail(what + (text.empty() ? "" : ": " + text));
}

}  // namespace faltung
