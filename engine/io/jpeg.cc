// JPEG images, gray and colour, 8 bits, scanline by scanline; progressive ones within a bound.
// jpeglib.h needs <cstdio> before it, jerror.h needs jpeglib.h:
// clang-format off
#include <cstdio>
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csetjmp>
#include <vector>

#include "engine/io/containers.h"
#include "engine/io/exif.h"
#include "engine/io/resolution.h"
#include "engine/io/samples.h"

namespace faltung {
namespace {

using Sample = Encoding::Sample;

constexpr int kQuality = 95;  // visually lossless, and what is measured on it stays close
constexpr Index kMostPixels = JPEG_MAX_DIMENSION;
constexpr std::size_t kBuffer = 64 * 1024;
constexpr long kMemoryPerByte = 512;  // a progressive file's coefficients per byte of file
constexpr long kLeastMemory = 64L << 20;

// libjpeg's errors jump; between setjmp and longjmp live only C code and trivial objects.
struct Trap {
  jpeg_error_mgr manager;  // first: libjpeg hands back its address
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void on_error(j_common_ptr state) {
  auto* trap = reinterpret_cast<Trap*>(state->err);
  trap->manager.format_message(state, trap->message);
  std::longjmp(trap->jump, 1);
}

// Corrupt data are only warnings to libjpeg, which paints over them in gray.
void on_message(j_common_ptr state, int level) {
  const int code = state->err->msg_code;
  const bool harmless = code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM;
  if (level < 0 && !harmless) on_error(state);
}

void set_trap(Trap& trap) {
  jpeg_std_error(&trap.manager);
  trap.manager.error_exit = on_error;
  trap.manager.emit_message = on_message;
}

template <class Body>
bool guarded(Trap& trap, Body body) {
  if (setjmp(trap.jump)) return false;
  body();
  return true;
}

struct Decompressor : jpeg_decompress_struct {
  Decompressor() : jpeg_decompress_struct{} {}
  ~Decompressor() { jpeg_destroy_decompress(this); }  // harmless where it was never created
};
struct Compressor : jpeg_compress_struct {
  Compressor() : jpeg_compress_struct{} {}
  ~Compressor() { jpeg_destroy_compress(this); }
};

class JpegSource : public Source {
 public:
  explicit JpegSource(InputFile file) : file_(std::move(file)), buffer_(kBuffer) {
    set_trap(trap_);
    jpeg_.err = &trap_.manager;
    call([this] { open(); });
    if (jpeg_.out_color_components != 1 && jpeg_.out_color_components != 3) {
      file_.fail("a JPEG of " + std::to_string(jpeg_.out_color_components) +
                 " channels; gray and colour are read, CMYK is not");
    }
    encoding_.container = "jpeg";
    encoding_.sample = Sample::u8;
    encoding_.full_scale = 255;
    format_.channels = jpeg_.output_components;
    format_.inner = {static_cast<Index>(jpeg_.output_width)};
    format_.extent = jpeg_.output_height;
    row_.resize(jpeg_.output_width * static_cast<std::size_t>(jpeg_.output_components));
    describe();
  }

  const Format& format() const override { return format_; }
  const Encoding& encoding() const override { return encoding_; }

  Index memory_bytes() const override { return coefficients_; }

  Index read(const Slab& out) override {
    const Index cols = format_.inner[0];
    Index n = 0;
    for (; n < out.extent && jpeg_.output_scanline < jpeg_.output_height; ++n) {
      JSAMPROW row = row_.data();
      call([=, this]() mutable { jpeg_read_scanlines(&jpeg_, &row, 1); });
      deinterleave(row_.data(), cols, out, n * cols);
    }
    if (jpeg_.output_scanline == jpeg_.output_height && !finished_) {
      call([this] { jpeg_finish_decompress(&jpeg_); });
      finished_ = true;
    }
    return n;
  }

 private:
  struct Input {
    jpeg_source_mgr manager;
    JpegSource* owner;
  };

  template <class Body>
  void call(Body body) {
    if (guarded(trap_, body)) return;
    const std::string claim = jpeg_.image_width == 0
                                  ? ""
                                  : "; header states " + std::to_string(jpeg_.image_width) + "x" +
                                        std::to_string(jpeg_.image_height) + " pixels, " +
                                        std::to_string(file_.size()) + " bytes are there";
    file_.fail(std::string("truncated or corrupt JPEG: ") + trap_.message + claim);
  }

  // JFIF's density, and how the picture wants to be held.
  void describe() {
    const double unit_mm = jpeg_.density_unit == 1 ? 25.4 : jpeg_.density_unit == 2 ? 10 : 0;
    if (unit_mm > 0 && jpeg_.X_density > 0 && jpeg_.Y_density > 0) {
      encoding_.description =
          described_picture(format_, unit_mm / jpeg_.Y_density, unit_mm / jpeg_.X_density, "jpeg");
    }
    const int orientation = exif_orientation(file_);
    if (orientation == 1) return;
    encoding_.notes.push_back("its pixels are taken as stored; EXIF orientation " +
                              std::to_string(orientation) + " is not applied");
  }

  static void deinterleave(const JSAMPLE* row, Index count, const Slab& out, Index first) {
    faltung::deinterleave(Sample::u8, row, count, out, first);
  }

  void open() {
    jpeg_create_decompress(&jpeg_);
    const long wanted = kMemoryPerByte * static_cast<long>(std::min<Index>(file_.size(), 1 << 24));
    jpeg_.mem->max_memory_to_use = std::max(kLeastMemory, wanted);
    input_.owner = this;
    input_.manager.bytes_in_buffer = 0;
    input_.manager.init_source = [](j_decompress_ptr) {};
    input_.manager.fill_input_buffer = [](j_decompress_ptr state) { return fill(state); };
    input_.manager.skip_input_data = [](j_decompress_ptr state, long count) {
      auto& in = *state->src;
      while (count > static_cast<long>(in.bytes_in_buffer)) {
        count -= static_cast<long>(in.bytes_in_buffer);
        fill(state);
      }
      if (count <= 0) return;
      in.next_input_byte += count;
      in.bytes_in_buffer -= static_cast<std::size_t>(count);
    };
    input_.manager.resync_to_restart = jpeg_resync_to_restart;
    input_.manager.term_source = [](j_decompress_ptr) {};
    jpeg_.src = &input_.manager;
    jpeg_read_header(&jpeg_, TRUE);
    if (jpeg_.jpeg_color_space == JCS_CMYK || jpeg_.jpeg_color_space == JCS_YCCK) {
      jpeg_.out_color_components = 4;
      return;
    }
    jpeg_.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&jpeg_);
    if (jpeg_has_multiple_scans(&jpeg_)) coefficients_ = coefficient_bytes();
  }

  // Of a progressive file libjpeg holds every component's blocks, from the beginning to the end.
  Index coefficient_bytes() const {
    Index blocks = 0;
    for (int c = 0; c < jpeg_.num_components; ++c) {
      const jpeg_component_info& component = jpeg_.comp_info[c];
      blocks += Index{component.width_in_blocks} * component.height_in_blocks;
    }
    return blocks * static_cast<Index>(sizeof(JBLOCK));
  }

  static boolean fill(j_decompress_ptr state) {
    JpegSource& self = *reinterpret_cast<Input*>(state->src)->owner;
    const ssize_t n = ::pread(self.file_.descriptor(), self.buffer_.data(), kBuffer, self.offset_);
    if (n <= 0) ERREXIT(state, JERR_INPUT_EOF);
    self.offset_ += n;
    state->src->next_input_byte = self.buffer_.data();
    state->src->bytes_in_buffer = static_cast<std::size_t>(n);
    return TRUE;
  }

  InputFile file_;
  std::vector<JOCTET> buffer_;
  Trap trap_{};
  Input input_{};
  Decompressor jpeg_;
  Format format_;
  Encoding encoding_;
  Index offset_ = 0;  // in the file
  Index coefficients_ = 0;  // in bytes, where they are held as a whole
  bool finished_ = false;
  std::vector<JSAMPLE> row_;
};

class JpegSink : public Sink {
 public:
  JpegSink(const std::string& path, const Format& format, const Encoding& like)
      : format_(format), scale_(255 / like.full_scale), file_(path), buffer_(kBuffer) {
    set_trap(trap_);
    jpeg_.err = &trap_.manager;
    row_.resize(static_cast<std::size_t>(format.inner[0] * format.channels));
    if (like.description) set_density(*like.description);
    call([this] { open(); });
  }

  Stored stored() const override { return stored_as(Sample::u8, scale_); }

  void write(const Slab& slab) override {
    const Index cols = format_.inner[0];
    for (Index n = 0; n < slab.extent; ++n) {
      interleave(Sample::u8, slab, n * cols, cols, row_.data(), scale_);
      JSAMPROW row = row_.data();
      call([=, this]() mutable { jpeg_write_scanlines(&jpeg_, &row, 1); });
    }
  }

  void commit() override {
    call([this] { jpeg_finish_compress(&jpeg_); });
    file_.commit();
  }

 private:
  struct Output {
    jpeg_destination_mgr manager;
    JpegSink* owner;
  };

  template <class Body>
  void call(Body body) {
    if (guarded(trap_, body)) return;
    file_.check();
    file_.fail(std::string("libjpeg: ") + trap_.message);
  }

  void open() {
    jpeg_create_compress(&jpeg_);
    output_.owner = this;
    output_.manager.init_destination = [](j_compress_ptr state) { rewind(state); };
    output_.manager.empty_output_buffer = [](j_compress_ptr state) -> boolean {
      flush(state, kBuffer);
      return TRUE;
    };
    output_.manager.term_destination = [](j_compress_ptr state) {
      flush(state, kBuffer - state->dest->free_in_buffer);
    };
    jpeg_.dest = &output_.manager;
    jpeg_.image_width = static_cast<JDIMENSION>(format_.inner[0]);
    jpeg_.image_height = static_cast<JDIMENSION>(*format_.extent);
    jpeg_.input_components = static_cast<int>(format_.channels);
    jpeg_.in_color_space = format_.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&jpeg_);
    jpeg_set_quality(&jpeg_, kQuality, TRUE);
    if (x_per_inch_ > 0) {
      jpeg_.density_unit = 1;
      jpeg_.X_density = x_per_inch_;
      jpeg_.Y_density = y_per_inch_;
    }
    jpeg_start_compress(&jpeg_, TRUE);
  }

  void set_density(const Description& description) {
    const auto [y, x] = picture_spacing_mm(description);
    const double per_x = 25.4 / x, per_y = 25.4 / y;
    if (!(std::min(per_x, per_y) >= 1) || !(std::max(per_x, per_y) <= 65535)) return;
    x_per_inch_ = static_cast<UINT16>(std::lround(per_x));
    y_per_inch_ = static_cast<UINT16>(std::lround(per_y));
  }

  static void rewind(j_compress_ptr state) {
    JpegSink& self = *reinterpret_cast<Output*>(state->dest)->owner;
    state->dest->next_output_byte = self.buffer_.data();
    state->dest->free_in_buffer = kBuffer;
  }

  static void flush(j_compress_ptr state, std::size_t count) {
    JpegSink& self = *reinterpret_cast<Output*>(state->dest)->owner;
    if (!self.file_.try_write(self.buffer_.data(), count)) ERREXIT(state, JERR_FILE_WRITE);
    rewind(state);
  }

  Format format_;
  double scale_;
  StagedFile file_;
  std::vector<JOCTET> buffer_;
  Trap trap_{};
  Output output_{};
  Compressor jpeg_;
  UINT16 x_per_inch_ = 0, y_per_inch_ = 0;  // pixels; 0: not stated
  std::vector<JSAMPLE> row_;
};

}  // namespace

std::unique_ptr<Source> open_jpeg(InputFile file, const SourceOptions&) {
  return std::make_unique<JpegSource>(std::move(file));
}

std::unique_ptr<Sink> create_jpeg(const Container& container, const std::string& path,
                                  const Format& format, const Encoding& like) {
  require_picture(container, format, 3, kMostPixels);
  if (format.channels == 2) {
    throw Error(Code::configuration, "jpeg holds 1 or 3 channels; the signal has 2");
  }
  return std::make_unique<JpegSink>(path, format, like);
}

}  // namespace faltung
