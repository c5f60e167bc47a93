// Sound files: what goes in comes out, and what is broken is refused.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>

#include "engine/io/sink.h"
#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;
using Sample = Encoding::Sample;

namespace {

Encoding like(Sample sample) {
  Encoding encoding;
  encoding.container = "wav";
  encoding.sample = sample;
  return encoding;
}

Signal sound(Index channels, Index frames, Sample sample) {
  Signal signal;
  signal.format.channels = channels;
  signal.format.rate_hz = 48000;
  signal.format.extent = frames;
  signal.format.type =
      sample == Sample::s32 || sample == Sample::f64 ? SampleType::float64 : SampleType::float32;
  // Numbers that 8 bits hold exactly, full scale included.
  fill(signal,
       [](Index c, Index n) { return static_cast<double>((c * 37 + n * 11) % 256 - 128) / 128; });
  return signal;
}

struct Case {
  const char* extension;
  std::vector<Sample> samples;
};
const std::vector<Case> kLossless{
    {"wav", {Sample::u8, Sample::s16, Sample::s24, Sample::s32, Sample::f32, Sample::f64}},
    {"rf64", {Sample::u8, Sample::s16, Sample::s24, Sample::s32, Sample::f32, Sample::f64}},
    {"w64", {Sample::u8, Sample::s16, Sample::s24, Sample::s32, Sample::f32, Sample::f64}},
    {"aiff", {Sample::s8, Sample::s16, Sample::s24, Sample::s32, Sample::f32, Sample::f64}},
    {"flac", {Sample::s8, Sample::s16, Sample::s24}},
};

}  // namespace

TEST_CASE("io: every sound container returns every sample type and channel count exactly") {
  const Folder folder;
  for (const auto& [extension, samples] : kLossless) {
    for (Sample sample : samples) {
      for (Index channels : {1, 2, 10, 64}) {
        if (extension == std::string("flac") && channels > 8) continue;
        CAPTURE(extension);
        CAPTURE(static_cast<int>(sample));
        CAPTURE(channels);
        const std::string path = folder / (std::string("a.") + extension);
        const Signal before = sound(channels, 777, sample);
        save(before, path, like(sample), 100);
        const Signal after = load(path, 61);
        CHECK(after.format.channels == channels);
        CHECK(after.format.rate_hz == 48000);
        CHECK(after.format.extent == 777);
        CHECK(after.format.type == before.format.type);
        CHECK(after.encoding.container == extension);
        CHECK(after.encoding.sample == sample);
        CHECK(after.samples == before.samples);
        CHECK(load(path, 1000).samples == before.samples);
      }
    }
  }
}

TEST_CASE("io: Ogg Vorbis and Opus return the sound within their loss") {
  const Folder folder;
  for (const char* extension : {"ogg", "opus"}) {
    CAPTURE(std::string(extension));
    const std::string path = folder / (std::string("a.") + extension);
    Signal before = sound(2, 48000, Sample::f32);
    fill(before, [](Index c, Index n) {
      return 0.5 * std::sin(0.05 * static_cast<double>(n) * static_cast<double>(c + 1));
    });
    save(before, path, like(Sample::f32), 4096);
    const Signal after = load(path, 1000);
    REQUIRE(after.samples.size() == before.samples.size());
    CHECK(after.encoding.container == extension);
    double difference = 0, power = 0;
    for (std::size_t i = 0; i < before.samples.size(); ++i) {
      difference += std::pow(after.samples[i] - before.samples[i], 2);
      power += std::pow(before.samples[i], 2);
    }
    CHECK(difference < 0.01 * power);
  }
}

TEST_CASE("io: integer sounds are rounded to nearest and clipped") {
  const Folder folder;
  for (SampleType type : {SampleType::float32, SampleType::float64}) {
    Signal before = sound(1, 8, Sample::s16);
    before.format.type = type;
    const double step = 1.0 / 32768;
    before.samples = {2, -2, 1, -1, 0.4 * step, 0.6 * step, -1.6 * step, 2.5 * step};
    save(before, folder / "a.wav", like(Sample::s16), 3);
    CHECK(load(folder / "a.wav", 8).samples ==
          std::vector<double>{1 - step, -1, 1 - step, -1, 0, step, -2 * step, 2 * step});
    save(before, folder / "a.flac", like(Sample::s24), 3);
    CHECK(load(folder / "a.flac", 8).samples[0] == 1 - step / 256);
  }
}

TEST_CASE("io: what a container lacks becomes its nearest, or is refused by name") {
  const Folder folder;
  save(sound(2, 10, Sample::f32), folder / "a.flac", like(Sample::f32), 10);
  CHECK(load(folder / "a.flac", 10).encoding.sample == Sample::s24);
  save(sound(2, 10, Sample::s32), folder / "a.flac", like(Sample::s32), 10);
  CHECK(load(folder / "a.flac", 10).encoding.sample == Sample::s24);
  save(sound(2, 10, Sample::s16), folder / "a.wav", like(Sample::none), 10);
  CHECK(load(folder / "a.wav", 10).encoding.sample == Sample::f32);

  const auto refused = [&](const char* name, const Format& format) -> std::string {
    try {
      create_sink(folder / name, format, like(Sample::s16));
    } catch (const Error& error) {
      CHECK(error.code() == Code::configuration);
      return error.what();
    }
    return "";
  };
  Format format = sound(10, 10, Sample::s16).format;
  CHECK(refused("b.flac", format).find("flac cannot hold 10 channels") == 0);
  format.rate_hz = 0;
  CHECK(refused("b.wav", format).find("none is known") != std::string::npos);
  format.rate_hz = 0.5;
  CHECK(refused("b.wav", format).find("0.5 Hz was given") != std::string::npos);
  format.inner = {5};
  CHECK(refused("b.wav", format).find("wav holds series") == 0);
  CHECK(refused("b.xyz", format).find(".flac") != std::string::npos);
  CHECK(folder.names() == std::vector<std::string>{"a.flac", "a.wav"});
}

TEST_CASE("io: inputs that are no sound are refused with their name and the reason") {
  const Folder folder;
  write_bytes(folder / "text.wav", "these are words, not samples\n");
  CHECK(load_error(folder / "text.wav").find("text.wav: not a sound file (libsndfile: ") !=
        std::string::npos);
  write_bytes(folder / "empty.wav", "");
  CHECK(load_error(folder / "empty.wav") == folder / "empty.wav: is empty");
  CHECK(load_error(folder / "missing.wav").find("No such file") != std::string::npos);
  CHECK(load_error(folder.path()).find("is a folder") != std::string::npos);
  write_bytes(folder / "what.xyz", "abc");
  CHECK(load_error(folder / "what.xyz").find("allowed are .wav") != std::string::npos);
}

TEST_CASE("io: a truncated sound file is refused, a stream's unknown length is not") {
  const Folder folder;
  for (const char* extension : {"wav", "rf64", "w64", "aiff"}) {
    CAPTURE(std::string(extension));
    const std::string path = folder / (std::string("a.") + extension);
    save(sound(2, 1000, Sample::s16), path, like(Sample::s16), 1000);
    const std::string bytes = read_bytes(path);
    write_bytes(path, bytes.substr(0, bytes.size() - 400));
    CHECK(load_error(path).find("truncated: header states 1000 frames, 900 are there") !=
          std::string::npos);
  }
  save(sound(2, 30000, Sample::s16), folder / "b.flac", like(Sample::s16), 1000);
  const std::string flac = read_bytes(folder / "b.flac");
  write_bytes(folder / "b.flac", flac.substr(0, flac.size() / 2));
  const std::string message = load_error(folder / "b.flac");
  CAPTURE(message);
  CHECK((message.find("truncated") != std::string::npos ||
         message.find("corrupt") != std::string::npos));

  save(sound(2, 1000, Sample::s16), folder / "c.wav", like(Sample::s16), 1000);
  std::string wav = read_bytes(folder / "c.wav");
  const auto size_at = wav.find("data") + 4;
  std::memset(wav.data() + 4, 0, 4);  // a stream states neither size
  for (std::uint32_t size : {0u, 0xffffffffu, 0x7ffff000u}) {
    std::memcpy(wav.data() + size_at, &size, 4);
    write_bytes(folder / "c.wav", wav);
    CHECK(load(folder / "c.wav", 64).extent() == 1000);
  }
}

TEST_CASE("io: corrupted sound files never do worse than an Error") {
  const Folder folder;
  for (const char* extension : {"wav", "rf64", "w64", "aiff", "flac", "ogg"}) {
    CAPTURE(std::string(extension));
    const std::string path = folder / (std::string("a.") + extension);
    save(sound(2, 2000, Sample::s16), path, like(Sample::s16), 1000);
    CHECK(load_mutations(path, 300) < 300);
  }
}

TEST_CASE("io: a WAV of unknown length is written as WAV where it fits") {
  const Folder folder;
  Signal before = sound(2, 100, Sample::f32);
  const auto sink = [&] {
    Format format = before.format;
    format.extent.reset();
    return create_sink(folder / "a.wav", format, like(Sample::f32));
  }();
  std::vector<float> samples(before.samples.begin(), before.samples.end());
  sink->write(SlabOf<float>{samples.data(), 2, 100, 1, 100});
  sink->commit();
  CHECK(load(folder / "a.wav", 7).samples == before.samples);
  CHECK(read_bytes(folder / "a.wav").substr(0, 4) == "RIFF");
}

TEST_CASE("io: a WAV that was to pass 4 GB and does not is a WAV after all") {
  const Folder folder;
  Format format = sound(2, 1, Sample::f32).format;
  format.extent = 600'000'000;
  const auto sink = create_sink(folder / "big.wav", format, like(Sample::f32));
  std::vector<float> samples(20000, 0.25f);
  sink->write(SlabOf<float>{samples.data(), 2, 10000, 1, 10000});
  sink->commit();
  CHECK(load(folder / "big.wav", 5000).extent() == 10000);
  CHECK(read_bytes(folder / "big.wav").substr(0, 4) == "RIFF");
}

TEST_CASE("io: memory does not grow with a sound's length") {
  const Folder folder;
  const auto resident_kb = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const Index frames = 25'000'000;  // 200 MB of stereo float
  Format format = sound(2, 1, Sample::f32).format;
  format.extent = frames;
  const Index slab = 1 << 16;
  std::vector<float> samples(2 * slab, 0.5f);
  const SlabOf<float> block{samples.data(), 2, slab, 1, slab};
  const long before = resident_kb();
  const auto sink = create_sink(folder / "long.wav", format, like(Sample::f32));
  for (Index n = 0; n < frames; n += slab) {
    sink->write(Slab(block).part(0, std::min(slab, frames - n)));
  }
  sink->commit();
  const auto source = open_source(folder / "long.wav", {});
  Index total = 0;
  while (const Index got = source->read(block)) total += got;
  CHECK(total == frames);
  CHECK(resident_kb() - before < 8 * 1024);
}

TEST_CASE("io: a WAV of unknown length holds no time of day") {
  const Folder folder;
  Format format;
  format.channels = 1;
  format.rate_hz = 48000;
  create_sink(folder / "a.wav", format, {})->commit();
  std::vector<float> samples(1000, 0.5f);
  const auto sink = create_sink(folder / "a.wav", format, {});
  sink->write(SlabOf<float>{samples.data(), 1, 1000, 1, 1000});
  sink->commit();
  const std::string bytes = read_bytes(folder / "a.wav");
  const auto peak = bytes.find("PEAK");
  if (peak != bytes.npos) CHECK(bytes.substr(peak + 12, 4) == std::string(4, '\0'));
  CHECK(load(folder / "a.wav", 100).extent() == 1000);
}
