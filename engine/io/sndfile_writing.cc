// Sound files written through libsndfile.
#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

#include "engine/io/containers.h"
#include "engine/io/sndfile_library.h"

namespace faltung {
namespace {

using Sample = Encoding::Sample;

constexpr Index kMostWavBytes = 0xff000000;  // of data that surely fit a WAV's 32-bit sizes

// Encodings to try for each sample type, nearest first.
std::array<int, 4> candidates(Sample sample) {
  switch (sample) {
    case Sample::u8:
      return {SF_FORMAT_PCM_U8, SF_FORMAT_PCM_S8, SF_FORMAT_PCM_16};
    case Sample::s8:
      return {SF_FORMAT_PCM_S8, SF_FORMAT_PCM_U8, SF_FORMAT_PCM_16};
    case Sample::s16:
      return {SF_FORMAT_PCM_16};
    case Sample::s24:
      return {SF_FORMAT_PCM_24};
    case Sample::u16:
      return {SF_FORMAT_PCM_24};
    case Sample::s32:
      return {SF_FORMAT_PCM_32, SF_FORMAT_PCM_24};
    case Sample::f64:
      return {SF_FORMAT_DOUBLE, SF_FORMAT_FLOAT, SF_FORMAT_PCM_24};
    case Sample::f32:
    case Sample::none:
      break;
  }
  return {SF_FORMAT_FLOAT, SF_FORMAT_PCM_24};
}

int major_format(const std::string& container, const Format& format, Index frame_bytes) {
  if (container == "rf64") return SF_FORMAT_RF64;
  if (container == "w64") return SF_FORMAT_W64;
  if (container == "flac") return SF_FORMAT_FLAC;
  if (container == "aiff") return SF_FORMAT_AIFF;
  if (container == "ogg" || container == "opus") return SF_FORMAT_OGG;
  if (!format.extent || *format.extent > kMostWavBytes / frame_bytes) return SF_FORMAT_RF64;
  return format.channels > 2 ? SF_FORMAT_WAVEX : SF_FORMAT_WAV;  // WAV proper ends at stereo
}

int sf_rate(const Format& format, const std::string& container) {
  const double rate = std::round(format.rate_hz);
  const bool whole =
      rate >= 1 && rate <= INT32_MAX && std::abs(rate - format.rate_hz) <= 1e-6 * rate;
  if (whole) return static_cast<int>(rate);
  char given[32];
  std::snprintf(given, sizeof given, "%.10g", format.rate_hz);
  throw Error(Code::configuration,
              container + " needs a rate of a whole number of Hz; " +
                  (format.rate_hz == 0 ? "none is known" : std::string(given) + " Hz was given"));
}

SF_INFO info_for(const Container& container, const Format& format, const Encoding& like) {
  SF_INFO info{};
  info.channels = static_cast<int>(std::min<Index>(format.channels, INT32_MAX));
  info.samplerate = sf_rate(format, container.name);
  const Index most_frame_bytes = 8 * format.channels;
  const int major = major_format(container.name, format, most_frame_bytes);
  if (major == SF_FORMAT_OGG) {
    const bool opus = container.name == std::string_view("opus");
    info.format = major | (opus ? SF_FORMAT_OPUS : SF_FORMAT_VORBIS);
    if (sf_format_check(&info)) return info;
  } else {
    for (int subtype : candidates(like.sample)) {
      info.format = major | subtype;
      if (subtype != 0 && sf_format_check(&info)) return info;
    }
  }
  throw Error(Code::configuration, std::string(container.name) + " cannot hold " + format.text());
}

// libsndfile writes through these; failures are remembered by the staged file.
SF_VIRTUAL_IO staged_io() {
  SF_VIRTUAL_IO io{};
  io.get_filelen = [](void* file) -> sf_count_t { return static_cast<StagedFile*>(file)->size(); };
  io.seek = [](sf_count_t offset, int whence, void* file) -> sf_count_t {
    return static_cast<StagedFile*>(file)->seek(offset, whence);
  };
  io.read = [](void* data, sf_count_t bytes, void* file) -> sf_count_t {
    return std::max<Index>(
        0, static_cast<StagedFile*>(file)->try_read(data, static_cast<std::size_t>(bytes)));
  };
  io.write = [](const void* data, sf_count_t bytes, void* file) -> sf_count_t {
    const bool good =
        static_cast<StagedFile*>(file)->try_write(data, static_cast<std::size_t>(bytes));
    return good ? bytes : 0;
  };
  io.tell = [](void* file) -> sf_count_t { return static_cast<StagedFile*>(file)->position(); };
  return io;
}

std::string big_endian(Index value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

// libsndfile 1.2 counts the padding byte of an odd AIFF sound chunk as sound: 777 frames of one
// byte are stated as 778. Its header has COMM first, then SSND.
void mend_odd_aiff(StagedFile& file, Index frames, Index frame_bytes) {
  std::string head(46, '\0');
  if (file.size() < 54 || frames * frame_bytes % 2 == 0) return;
  file.read_at(head.data(), head.size(), 0);
  if (head.compare(12, 4, "COMM") != 0 || head.compare(38, 4, "SSND") != 0) return;
  file.write_at(big_endian(frames).data(), 4, 22);
  file.write_at(big_endian(frames * frame_bytes + 8).data(), 4, 42);
}

// In RF64 files libsndfile 1.2 keeps the PEAK chunk, with the time of day, though told not to.
void forget_peak_time(StagedFile& file) {
  std::string head(static_cast<std::size_t>(std::min<Index>(file.size(), 256)), '\0');
  file.read_at(head.data(), head.size(), 0);
  const std::size_t at = head.find("PEAK");
  if (at != head.npos) file.write_at("\0\0\0\0", 4, static_cast<Index>(at) + 12);
}

class SoundSink : public Sink {
 public:
  SoundSink(const Container& container, const std::string& path, const Format& format,
            const Encoding& like)
      : info_(info_for(container, format, like)),
        scale_(1 / like.full_scale),
        file_(path),
        io_(staged_io()),
        channels_(format.channels) {
    handle_.reset(sf_open_virtual(&io_, SFM_WRITE, &info_, &file_));
    file_.check();
    if (!handle_) file_.fail(std::string("libsndfile: ") + sf_strerror(nullptr));
    // A PEAK chunk would hold the time of day: the same input shall give the same bytes.
    sf_command(handle_.get(), SFC_SET_ADD_PEAK_CHUNK, nullptr, SF_FALSE);
    sf_command(handle_.get(), SFC_SET_CLIPPING, nullptr, SF_TRUE);
    if (container.name == std::string_view("wav")) {
      sf_command(handle_.get(), SFC_RF64_AUTO_DOWNGRADE, nullptr, SF_TRUE);
    }
  }

  Stored stored() const override {
    const Sample sample = sound_sample(info_.format);
    if (!is_integer(sample)) return stored_as(sample, scale_);
    const double full = sample == Sample::u8 ? 128 : full_scale_of(sample);
    return {sample, scale_ * full, -full, full - 1};
  }

  void write(const Slab& slab) override {
    const Index most = std::max<Index>(1, kSoundChunkSamples / channels_);
    interleaved_.resize(static_cast<std::size_t>(most * channels_));
    for (Index first = 0; first < slab.extent; first += most) {
      const Index count = std::min(most, slab.extent - first);
      const Index written = with_sample_type(
          slab.type, [&]<class T>() { return write_run(slab.as<T>(), first, count); });
      file_.check();
      if (written != count) file_.fail(std::string("libsndfile: ") + sf_strerror(handle_.get()));
      frames_ += count;
    }
  }

  void commit() override {
    close();
    file_.commit();
  }

  void checkpoint(Reach reach) override {
    sf_command(handle_.get(), SFC_UPDATE_HEADER_NOW, nullptr, 0);
    file_.checkpoint();
    if (reach == Reach::disk) file_.sync();
    kept_frames_ = frames_;
  }

  void salvage() override {
    const int type = info_.format & SF_FORMAT_TYPEMASK;
    frames_ = kept_frames_;
    if (type == SF_FORMAT_FLAC || type == SF_FORMAT_OGG) {
      file_.refuse_writes();  // what an encoder still holds has lost its predecessor
      sf_close(handle_.release());
      file_.rewind();
    } else {
      file_.rewind();
      sf_command(handle_.get(), SFC_UPDATE_HEADER_NOW, nullptr, 0);  // by the file's size
      close();
    }
    file_.commit();
  }

 private:
  void close() {
    const int closed = sf_close(handle_.release());
    file_.check();
    if (closed != 0) file_.fail(std::string("libsndfile: ") + sf_error_number(closed));
    if ((info_.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_AIFF) {
      mend_odd_aiff(file_, frames_, channels_ * bytes_of(sound_sample(info_.format)));
    }
    if ((info_.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_RF64) forget_peak_time(file_);
  }

  // Integers are rounded here: libsndfile would cut them off. They go left-aligned in 32 bits,
  // or as they are in 16.
  template <class T>
  Index write_run(const SlabOf<T>& slab, Index first, Index count) {
    void* memory = interleaved_.data();
    switch (info_.format & SF_FORMAT_SUBMASK) {
      case SF_FORMAT_PCM_16: {
        auto* shorts = static_cast<short*>(memory);
        interleave_scaled(slab, first, count, shorts, scale_ * 32768);
        return sf_writef_short(handle_.get(), shorts, count);
      }
      case SF_FORMAT_PCM_U8:
      case SF_FORMAT_PCM_S8:
        return write_integers<8>(slab, first, count);
      case SF_FORMAT_PCM_24:
        return write_integers<24>(slab, first, count);
      case SF_FORMAT_PCM_32:
        return write_integers<32>(slab, first, count);
      case SF_FORMAT_DOUBLE: {
        auto* doubles = static_cast<double*>(memory);
        interleave_scaled(slab, first, count, doubles, scale_);
        return sf_writef_double(handle_.get(), doubles, count);
      }
      default: {
        auto* floats = static_cast<float*>(memory);
        interleave_scaled(slab, first, count, floats, scale_);
        return sf_writef_float(handle_.get(), floats, count);
      }
    }
  }

  template <int bits, class T>
  Index write_integers(const SlabOf<T>& slab, Index first, Index count) {
    auto* integers = reinterpret_cast<int*>(interleaved_.data());
    const double factor = scale_ * (std::int64_t{1} << (bits - 1));
    constexpr double high = (std::int64_t{1} << (bits - 1)) - 1.0;
    interleave(slab, first, count, integers, [=](T x) {
      return static_cast<int>(rounded<int>(static_cast<double>(x) * factor, -high - 1, high) *
                              (1 << (32 - bits)));
    });
    return sf_writef_int(handle_.get(), integers, count);
  }

  SF_INFO info_;
  double scale_;
  StagedFile file_;
  SF_VIRTUAL_IO io_;
  Index channels_;
  Index frames_ = 0, kept_frames_ = 0;
  std::vector<double> interleaved_;  // wide enough for every type
  SoundHandle handle_;               // after what it writes through
};

}  // namespace

std::unique_ptr<Sink> create_sound(const Container& container, const std::string& path,
                                   const Format& format, const Encoding& like) {
  require_inner_rank(container, format, 0, 0);
  return std::make_unique<SoundSink>(container, path, format, like);
}

}  // namespace faltung
