// TIFF images and volumes written: uncompressed strips or tiles, BigTIFF where 4 GB may be passed.
//
// What axes and spacing are is said as OME-XML in the first page, and of a picture alone whose
// spacing is a length, in the resolution that every TIFF has.
#include <limits>
#include <vector>

#include "engine/io/containers.h"
#include "engine/io/samples.h"
#include "engine/io/tiff_pages.h"
#include "engine/io/tiff_rows.h"

namespace faltung {
namespace {

constexpr double kMostClassicBytes = 0xf0000000;  // of samples that surely fit 32-bit offsets
constexpr double kPageBytes = 512;                // of a page's header, at most

// BigTIFF, whose offsets have 64 bits, unless the pages surely fit into 4 GB.
bool is_big(const TiffPages& pages, const TiffCut& cut) {
  const double page = cut.page_bytes() + kPageBytes;
  return !pages.count || static_cast<double>(*pages.count) * page > kMostClassicBytes;
}

class TiffSink : public Sink {
 public:
  TiffSink(const std::string& path, const Format& format, const Encoding& like)
      : format_(format),
        pages_(format, like),
        sample_(pages_.sample),
        scale_(is_volume() ? 1 : full_scale_of(sample_) / like.full_scale),
        items_(like.items),
        file_(path) {
    const TiffCut cut(pages_.rows, pages_.cols, pages_.pixel_bytes());
    rows_.emplace(cut);
    tiff_.reset(TIFFClientOpenExt(
        path.c_str(), is_big(pages_, cut) ? "w8" : "w", &file_, read, write_bytes, seek,
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
      begin_page();
      const Slab part = slab.some_channels(c * pages_.together, pages_.together);
      for (Index r = 0; r < rows; ++r) write_row(part, n * rows + r);
      end_page();
    }
  }

  void write_line(const Slab& slab, Index n) {
    const Index row = format_.extent ? position_ % *format_.extent : position_;
    if (row == 0 && position_ > 0) end_page();
    if (row == 0) begin_page();
    write_row(slab, n);
  }

  void write_row(const Slab& slab, Index line) {
    interleave(sample_, slab, line * pages_.cols, pages_.cols, rows_->row(), scale_);
    if (!rows_->end_row(tiff_.get())) fail();
  }

  void begin_page() {
    set(TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(pages_.cols));
    set(TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(pages_.rows));
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
    if (!rows_->begin_page(tiff_.get())) fail();
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
  TiffPages pages_;
  Encoding::Sample sample_;
  double scale_;
  Index items_;
  StagedFile file_;
  TiffComplaint complaint_;
  TiffHandle tiff_;     // after what it writes through
  Index position_ = 0;  // of all items
  bool described_ = false;
  std::optional<TiffRows> rows_;
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

Index held_by_tiff(const std::string&, const Format& format, const Encoding& like) {
  const TiffPages pages(format, like);
  return TiffCut(pages.rows, pages.cols, pages.pixel_bytes()).memory_bytes();
}

}  // namespace faltung
