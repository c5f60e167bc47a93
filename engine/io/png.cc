// PNG images, 1 to 16 bits, palettes, one to four channels, row by row; interlaced ones as a whole.
//
// Numbers are taken as they stand: gamma and colour profiles are neither applied nor carried on.
#include <png.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <cstdio>
#include <vector>

#include "engine/io/containers.h"
#include "engine/io/packing.h"
#include "engine/io/resolution.h"
#include "engine/io/samples.h"

namespace faltung {
namespace {

using Sample = Encoding::Sample;

constexpr int kCompression = 3;  // zlib's 6 takes twice as long for a few per cent

// What a row, or an interlaced image, may take in memory: in any file, per byte of file beyond that
// (photographs deflate to a third, drawings to a fiftieth), and at all.
constexpr Index kFreeRoomBytes = 64 << 20;
constexpr Index kMostRoomPerByte = 64;
constexpr Index kMostRoomBytes = 256 << 20;
constexpr double kMostPerMetre = 2147483647;  // pixels: PNG's integers

// Where libpng's errors land. Between setjmp and longjmp only C code and objects without
// destructors may live: guarded() is given nothing else.
struct Trap {
  std::jmp_buf jump;
  char message[200] = "";
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto* trap = static_cast<Trap*>(png_get_error_ptr(png));
  std::snprintf(trap->message, sizeof trap->message, "%s", message);
  std::longjmp(trap->jump, 1);
}

void on_warning(png_structp, png_const_charp) {}

// Calls body(); false where libpng gave up, with trap.message set.
template <class Body>
bool guarded(Trap& trap, Body body) {
  if (setjmp(trap.jump)) return false;
  body();
  return true;
}

class PngSource : public Source {
 public:
  explicit PngSource(InputFile file) : file_(std::move(file)) {
    if (file_.bytes_at(0, 8) != std::string("\x89PNG\r\n\x1a\n")) file_.fail("not a PNG file");
    handles_.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &trap_, on_error, on_warning);
    if (handles_.png) handles_.info = png_create_info_struct(handles_.png);
    if (!handles_.info) throw Error(Code::failure, "libpng cannot be set up");
    call([this] { read_header(); });
    refuse_impossible_size();
    refuse_large();
    call([this] { choose_conversions(); });
    const auto depth = png_get_bit_depth(png(), info());
    encoding_.container = "png";
    encoding_.sample = depth == 16 ? Sample::u16 : Sample::u8;
    encoding_.full_scale = full_scale_of(encoding_.sample);
    format_.channels = png_get_channels(png(), info());
    format_.inner = {static_cast<Index>(png_get_image_width(png(), info()))};
    format_.extent = png_get_image_height(png(), info());
    row_bytes_ = static_cast<Index>(png_get_rowbytes(png(), info()));
    interlaced_ = png_get_interlace_type(png(), info()) != PNG_INTERLACE_NONE;
    row_.resize(static_cast<std::size_t>(row_bytes_ * (interlaced_ ? *format_.extent : 1)));
    describe();
  }

  const Format& format() const override { return format_; }
  const Encoding& encoding() const override { return encoding_; }

  Index read(const Slab& out) override {
    const Index cols = format_.inner[0];
    Index n = 0;
    for (; n < out.extent && position_ < *format_.extent; ++n, ++position_) {
      deinterleave(encoding_.sample, next_row(), cols, out, n * cols);
    }
    return n;
  }

 private:
  struct Handles {
    png_structp png = nullptr;
    png_infop info = nullptr;
    ~Handles() {
      if (png) png_destroy_read_struct(&png, &info, nullptr);
    }
  };

  png_structp png() const { return handles_.png; }
  png_infop info() const { return handles_.info; }

  template <class Body>
  void call(Body body) {
    if (!guarded(trap_, body))
      file_.fail(std::string("truncated or corrupt PNG: ") + trap_.message);
  }

  void read_header() {
    png_set_read_fn(png(), this, [](png_structp p, png_bytep to, png_size_t count) {
      auto* self = static_cast<PngSource*>(png_get_io_ptr(p));
      if (!self->take(to, count)) png_error(p, "the file ends early");
    });
    png_set_user_limits(png(), PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_read_info(png(), info());
  }

  void choose_conversions() {
    png_set_expand(png());  // palettes to colours, small gray to 8 bits, transparency to alpha
    png_set_swap(png());
    png_set_interlace_handling(png());
    png_read_update_info(png(), info());
  }

  bool take(png_bytep to, png_size_t count) noexcept {
    while (count > 0) {
      const ssize_t n = ::pread(file_.descriptor(), to, count, offset_);
      if (n <= 0) return false;
      offset_ += n;
      to += n;
      count -= static_cast<png_size_t>(n);
    }
    return true;
  }

  // Before libpng allocates rows. What is stored in a row cannot deflate to less than this.
  void refuse_impossible_size() const {
    const Index rows = png_get_image_height(png(), info());
    const Index stored = static_cast<Index>(png_get_rowbytes(png(), info()));
    if (stored <= kMostDeflateRatio * file_.size() / std::max<Index>(rows, 1)) return;
    file_.fail("truncated: header states " + std::to_string(png_get_image_width(png(), info())) +
               "x" + std::to_string(rows) + " pixels, " + std::to_string(file_.size()) +
               " bytes cannot hold them");
  }

  // Of a row, or of all rows, once palettes, few bits and transparency are expanded.
  void refuse_large() const {
    const Index cols = png_get_image_width(png(), info()),
                rows = png_get_image_height(png(), info());
    const bool interlaced = png_get_interlace_type(png(), info()) != PNG_INTERLACE_NONE;
    const bool palette = png_get_color_type(png(), info()) == PNG_COLOR_TYPE_PALETTE;
    const bool transparent = png_get_valid(png(), info(), PNG_INFO_tRNS) != 0;
    const Index channels = (palette ? 3 : png_get_channels(png(), info())) + (transparent ? 1 : 0);
    const Index row = cols * channels * (png_get_bit_depth(png(), info()) == 16 ? 2 : 1);
    const Index bytes = row * (interlaced ? rows : 1);
    const Index unpacked = std::max(kFreeRoomBytes, kMostRoomPerByte * file_.size());
    if (bytes <= std::min(unpacked, kMostRoomBytes)) return;
    file_.fail((interlaced ? "an interlaced PNG of " : "a row of a PNG of ") +
               std::to_string(cols) + "x" + std::to_string(rows) + " pixels takes " +
               std::to_string(bytes) + " bytes of memory; its " + std::to_string(file_.size()) +
               " bytes allow " + std::to_string(std::min(unpacked, kMostRoomBytes)) +
               (interlaced ? "; without interlacing it is read by rows" : ""));
  }

  // Pixels per metre, where they are stated.
  void describe() {
    png_uint_32 x = 0, y = 0;
    int unit = PNG_RESOLUTION_UNKNOWN;
    png_get_pHYs(png(), info(), &x, &y, &unit);
    if (unit != PNG_RESOLUTION_METER || x == 0 || y == 0) return;
    encoding_.description = described_picture(format_, 1000.0 / y, 1000.0 / x, "png");
  }

  const png_byte* next_row() {
    const Index rows = *format_.extent;
    png_bytep first = row_.data();
    if (!interlaced_) {
      call([=, this] { png_read_row(png(), first, nullptr); });
    } else if (position_ == 0) {
      const int passes = png_set_interlace_handling(png());
      call([=, this] {
        for (int pass = 0; pass < passes; ++pass) {
          for (Index r = 0; r < rows; ++r) png_read_row(png(), first + r * row_bytes_, nullptr);
        }
      });
    }
    if (position_ + 1 == rows) call([this] { png_read_end(png(), nullptr); });
    return first + (interlaced_ ? position_ * row_bytes_ : 0);
  }

  InputFile file_;
  Trap trap_;
  Handles handles_;
  Format format_;
  Encoding encoding_;
  Index offset_ = 0;  // in the file
  Index position_ = 0;
  Index row_bytes_ = 0;
  bool interlaced_ = false;
  std::vector<png_byte> row_;  // all rows of an interlaced image
};

// Few bits stay few; all else gets as many as PNG has.
Sample sample_for(const Encoding& like) {
  return bytes_of(like.sample) <= 1 ? Sample::u8 : Sample::u16;
}

class PngSink : public Sink {
 public:
  PngSink(const std::string& path, const Format& format, const Encoding& like)
      : format_(format),
        sample_(sample_for(like)),
        scale_(full_scale_of(sample_) / like.full_scale),
        file_(path) {
    handles_.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &trap_, on_error, on_warning);
    if (handles_.png) handles_.info = png_create_info_struct(handles_.png);
    if (!handles_.info) throw Error(Code::failure, "libpng cannot be set up");
    if (like.description) set_resolution(*like.description);
    call([this] { write_header(); });
    row_.resize(static_cast<std::size_t>(format.inner[0] * format.channels * bytes_of(sample_)));
  }

  Stored stored() const override { return stored_as(sample_, scale_); }

  void write(const Slab& slab) override {
    const Index cols = format_.inner[0];
    for (Index n = 0; n < slab.extent; ++n, ++rows_) {
      interleave(sample_, slab, n * cols, cols, row_.data(), scale_);
      call([this] { png_write_row(handles_.png, row_.data()); });
    }
  }

  void commit() override {
    if (rows_ != *format_.extent) {
      file_.fail(std::to_string(rows_) + " of " + std::to_string(*format_.extent) + " rows came");
    }
    call([this] { png_write_end(handles_.png, nullptr); });
    file_.commit();
  }

 private:
  struct Handles {
    png_structp png = nullptr;
    png_infop info = nullptr;
    ~Handles() {
      if (png) png_destroy_write_struct(&png, &info);
    }
  };

  template <class Body>
  void call(Body body) {
    if (guarded(trap_, body)) return;
    file_.check();
    file_.fail(std::string("libpng: ") + trap_.message);
  }

  void write_header() {
    constexpr int kColors[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                               PNG_COLOR_TYPE_RGB_ALPHA};
    png_structp png = handles_.png;
    png_set_write_fn(
        png, &file_,
        [](png_structp p, png_bytep bytes, png_size_t count) {
          if (!static_cast<StagedFile*>(png_get_io_ptr(p))->try_write(bytes, count)) {
            png_error(p, "write failed");
          }
        },
        nullptr);
    png_set_compression_level(png, kCompression);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_IHDR(png, handles_.info, static_cast<png_uint_32>(format_.inner[0]),
                 static_cast<png_uint_32>(*format_.extent), static_cast<int>(8 * bytes_of(sample_)),
                 kColors[format_.channels - 1], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (x_per_metre_ > 0) {
      png_set_pHYs(png, handles_.info, x_per_metre_, y_per_metre_, PNG_RESOLUTION_METER);
    }
    png_write_info(png, handles_.info);
    png_set_swap(png);
  }

  void set_resolution(const Description& description) {
    const auto [y, x] = picture_spacing_mm(description);
    const double per_x = 1000 / x, per_y = 1000 / y;
    if (!(std::min(per_x, per_y) >= 1) || !(std::max(per_x, per_y) <= kMostPerMetre)) return;
    x_per_metre_ = static_cast<png_uint_32>(std::lround(per_x));
    y_per_metre_ = static_cast<png_uint_32>(std::lround(per_y));
  }

  Format format_;
  Sample sample_;
  double scale_;
  StagedFile file_;
  Trap trap_;
  Handles handles_;
  png_uint_32 x_per_metre_ = 0, y_per_metre_ = 0;  // pixels; 0: not stated
  std::vector<png_byte> row_;
  Index rows_ = 0;
};

}  // namespace

std::unique_ptr<Source> open_png(InputFile file, const SourceOptions&) {
  return std::make_unique<PngSource>(std::move(file));
}

std::unique_ptr<Sink> create_png(const Container& container, const std::string& path,
                                 const Format& format, const Encoding& like) {
  require_picture(container, format, 4, PNG_UINT_31_MAX);
  return std::make_unique<PngSink>(path, format, like);
}

}  // namespace faltung
