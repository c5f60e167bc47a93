// Raw samples without a header, float32 or 16-bit, little-endian: files, standard input and output.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "engine/io/containers.h"
#include "engine/io/samples.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "raw samples are little-endian");

namespace faltung {
namespace {

using Sample = Encoding::Sample;

constexpr Index kChunkSamples = 16384;  // interleaved at a time: stays in L2
const char* const kStandardInput = "standard input";

class RawSource : public Source {
 public:
  RawSource(std::optional<InputFile> file, Sample sample, const SourceOptions& options)
      : file_(std::move(file)), frame_bytes_(options.channels * bytes_of(sample)) {
    if (options.channels < 1 || options.channels > kChunkSamples) {
      throw Error(Code::configuration, std::to_string(options.channels) +
                                           " channels of raw samples; allowed are 1 to " +
                                           std::to_string(kChunkSamples));
    }
    format_.channels = options.channels;
    format_.rate_hz = options.rate_hz;
    encoding_.container = "raw";
    encoding_.sample = sample;
    if (!file_) return;
    format_.extent = file_->size() / frame_bytes_;
    refuse_part_of_frame(file_->size() % frame_bytes_);
  }

  const Format& format() const override { return format_; }
  const Encoding& encoding() const override { return encoding_; }

  Index read(const Slab& out) override {
    const Index most = kChunkSamples / format_.channels;
    interleaved_.resize(static_cast<std::size_t>(most * frame_bytes_));
    Index done = 0;
    while (done < out.extent) {
      const Index wanted = std::min(most, out.extent - done);
      const Index bytes = fill(wanted * frame_bytes_);
      refuse_part_of_frame(bytes % frame_bytes_);
      const Index got = bytes / frame_bytes_;
      deinterleave(encoding_.sample, interleaved_.data(), got, out, done);
      if (encoding_.sample == Sample::s16) scale(out, done, got);
      done += got;
      if (got < wanted) break;
    }
    return done;
  }

 private:
  // Up to `bytes`; fewer only at the end.
  Index fill(Index bytes) {
    Index done = 0;
    while (done < bytes) {
      const ssize_t n = ::read(file_ ? file_->descriptor() : STDIN_FILENO,
                               interleaved_.data() + done, static_cast<std::size_t>(bytes - done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail(std::string("cannot be read: ") + std::strerror(errno));
      if (n == 0) break;
      done += n;
    }
    return done;
  }

  static void scale(const Slab& out, Index first, Index count) {
    with_sample_type(out.type, [&]<class T>() {
      const auto slab = out.as<T>();
      for (Index c = 0; c < slab.channels; ++c) {
        for (T* x = slab.at(c, first); x != slab.at(c, first + count); ++x) *x *= T(1) / 32768;
      }
    });
  }

  void refuse_part_of_frame(Index bytes) const {
    if (bytes == 0) return;
    fail("truncated: ends " + std::to_string(bytes) + " bytes into a frame of " +
         std::to_string(frame_bytes_));
  }

  [[noreturn]] void fail(const std::string& reason) const {
    if (file_) file_->fail(reason);
    throw Error(Code::input, kStandardInput + (": " + reason));
  }

  std::optional<InputFile> file_;  // none: standard input
  Index frame_bytes_;
  Format format_;
  Encoding encoding_;
  std::vector<char> interleaved_;
};

class RawSink : public Sink {
 public:
  RawSink(const std::string& path, Sample sample, const Format& format, const Encoding& like)
      : sample_(sample),
        frame_bytes_(format.channels * bytes_of(sample)),
        scale_((sample == Sample::s16 ? 32768 : 1) / like.full_scale) {
    if (path != "-") file_.emplace(path);
  }

  Stored stored() const override { return stored_as(sample_, scale_); }

  void write(const Slab& slab) override {
    const Index most = std::max<Index>(1, kChunkSamples / slab.channels);
    interleaved_.resize(static_cast<std::size_t>(most * frame_bytes_));
    for (Index first = 0; first < slab.extent; first += most) {
      const Index count = std::min(most, slab.extent - first);
      interleave(sample_, slab, first, count, interleaved_.data(), scale_);
      put(interleaved_.data(), static_cast<std::size_t>(count * frame_bytes_));
    }
  }

  void commit() override {
    if (file_) file_->commit();
  }

  void checkpoint(Reach reach) override {
    if (!file_) return;
    file_->checkpoint();
    if (reach == Reach::disk) file_->sync();
  }

  void salvage() override {
    if (!file_) return Sink::salvage();
    file_->rewind();
    file_->commit();
  }

 private:
  void put(const char* bytes, std::size_t count) {
    if (file_) return file_->write(bytes, count);
    while (count > 0) {
      const ssize_t n = ::write(STDOUT_FILENO, bytes, count);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        throw Error(Code::output,
                    std::string("cannot write standard output: ") + std::strerror(errno));
      }
      bytes += n;
      count -= static_cast<std::size_t>(n);
    }
  }

  Sample sample_;
  Index frame_bytes_;
  double scale_;
  std::optional<StagedFile> file_;  // none: standard output
  std::vector<char> interleaved_;
};

// Extensions that name a sample type decide; the others leave it to the user.
Sample sample_for(std::string_view container, Sample otherwise) {
  if (container == "f32") return Sample::f32;
  if (container == "s16") return Sample::s16;
  return otherwise == Sample::s16 ? Sample::s16 : Sample::f32;
}

}  // namespace

std::unique_ptr<Source> open_raw(InputFile file, const SourceOptions& options) {
  const Sample sample = sample_for(container_for_path(file.path())->name, options.raw_sample);
  return std::make_unique<RawSource>(std::move(file), sample, options);
}

std::unique_ptr<Source> open_standard_input(const SourceOptions& options) {
  return std::make_unique<RawSource>(std::nullopt, sample_for("raw", options.raw_sample), options);
}

std::unique_ptr<Sink> create_raw(const Container& container, const std::string& path,
                                 const Format& format, const Encoding& like) {
  require_inner_rank(container, format, 0, 0);
  return std::make_unique<RawSink>(path, sample_for(container.name, like.sample), format, like);
}

}  // namespace faltung
