// Sound files through libsndfile: WAV, RF64, W64, FLAC, AIFF, Ogg Vorbis, Opus.
#include <unistd.h>

#include <tuple>
#include <vector>

#include "engine/io/containers.h"
#include "engine/io/sndfile_library.h"
#include "engine/io/sound_header.h"

namespace faltung {
namespace {

// An input as libsndfile reads it. (With sf_open_fd it would close a descriptor it was lent.)
struct InputBytes {
  const InputFile* file;
  Index position = 0;
  Index zero_size_offset = 0;  // a stream's data size of 0 is shown as "unknown", all ones

  Index read(char* to, Index count) noexcept {
    const Index got = ::pread(file->descriptor(), to, static_cast<std::size_t>(count), position);
    if (got <= 0) return 0;
    for (Index i = zero_size_offset; zero_size_offset > 0 && i < zero_size_offset + 4; ++i) {
      if (i >= position && i < position + got) to[i - position] = '\xff';
    }
    position += got;
    return got;
  }
};

SF_VIRTUAL_IO input_io() {
  SF_VIRTUAL_IO io{};
  io.get_filelen = [](void* in) -> sf_count_t {
    return static_cast<InputBytes*>(in)->file->size();
  };
  io.seek = [](sf_count_t offset, int whence, void* in) -> sf_count_t {
    auto& bytes = *static_cast<InputBytes*>(in);
    const Index origin = whence == SEEK_SET   ? 0
                         : whence == SEEK_CUR ? bytes.position
                                              : bytes.file->size();
    if (offset < -origin || offset > INT64_MAX - origin) return -1;
    return bytes.position = origin + offset;
  };
  io.read = [](void* to, sf_count_t count, void* in) -> sf_count_t {
    return static_cast<InputBytes*>(in)->read(static_cast<char*>(to), count);
  };
  io.tell = [](void* in) -> sf_count_t { return static_cast<InputBytes*>(in)->position; };
  return io;
}

class SoundSource : public Source {
 public:
  explicit SoundSource(InputFile file) : file_(std::move(file)), bytes_{&file_} {
    const auto claim = data_claim(file_);
    refuse_truncated(file_, claim);
    if (claim) bytes_.zero_size_offset = claim->zero_size_offset;
    SF_INFO info{};
    auto io = input_io();
    handle_.reset(sf_open_virtual(&io, SFM_READ, &info, &bytes_));
    if (!handle_) {
      file_.fail(std::string("not a sound file (libsndfile: ") + sf_strerror(nullptr) + ")");
    }
    if (info.channels < 1 || info.samplerate < 1 || info.frames < 0) {
      file_.fail("corrupt: header states " + std::to_string(info.channels) + " channels at " +
                 std::to_string(info.samplerate) + " Hz");
    }
    encoding_.sample = sound_sample(info.format);
    format_.channels = info.channels;
    format_.rate_hz = info.samplerate;
    format_.type = slab_type(encoding_.sample);
    if (info.frames < SF_COUNT_MAX) format_.extent = info.frames;
    // libsndfile takes the padding byte of an odd AIFF chunk for a frame.
    if (claim && claim->length_known && claim->frame_bytes > 0 && format_.extent) {
      format_.extent = std::min(*format_.extent, claim->stated_bytes / claim->frame_bytes);
    }
    const Container* container = container_for_content(file_.bytes_at(0, 64));
    encoding_.container = container ? container->name : "wav";
  }

  const Format& format() const override { return format_; }
  const Encoding& encoding() const override { return encoding_; }

  Index read(const Slab& out) override {
    return with_sample_type(out.type, [&]<class T>() { return read_as(out.as<T>()); });
  }

 private:
  Index read_frames(float* to, Index frames) { return sf_readf_float(handle_.get(), to, frames); }
  Index read_frames(double* to, Index frames) { return sf_readf_double(handle_.get(), to, frames); }

  template <class T>
  Index read_as(const SlabOf<T>& out) {
    auto& interleaved = std::get<std::vector<T>>(interleaved_);
    const Index most = std::max<Index>(1, kSoundChunkSamples / out.channels);
    interleaved.resize(static_cast<std::size_t>(most * out.channels));
    const Index asked =
        format_.extent ? std::min(out.extent, *format_.extent - position_) : out.extent;
    Index done = 0;
    while (done < asked) {
      const Index wanted = std::min(most, asked - done);
      T* to = out.channels == 1 ? out.channel(0) + done : interleaved.data();
      const Index got = read_frames(to, wanted);
      if (out.channels > 1) deinterleave(interleaved.data(), got, out, done);
      done += got;
      if (got < wanted) break;
    }
    position_ += done;
    if (done < asked) check_end();
    return done;
  }

  void check_end() const {
    if (sf_error(handle_.get()) != SF_ERR_NO_ERROR) {
      file_.fail(std::string("corrupt (libsndfile: ") + sf_strerror(handle_.get()) + ")");
    }
    if (format_.extent && position_ < *format_.extent) {
      file_.fail("truncated: header states " + std::to_string(*format_.extent) + " frames, " +
                 std::to_string(position_) + " are there");
    }
  }

  InputFile file_;
  InputBytes bytes_;
  SoundHandle handle_;
  Format format_;
  Encoding encoding_;
  Index position_ = 0;
  std::tuple<std::vector<float>, std::vector<double>> interleaved_;
};

}  // namespace

std::unique_ptr<Source> open_sound(InputFile file, const SourceOptions&) {
  return std::make_unique<SoundSource>(std::move(file));
}

}  // namespace faltung
