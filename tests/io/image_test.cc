// Images and volumes: PNG, JPEG, TIFF, OpenEXR and .npy.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cmath>
#include <cstdint>
#include <cstring>

#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;
using Sample = Encoding::Sample;

namespace {

Encoding like(Sample sample, Index channel_axis = -1) {
  Encoding encoding;
  encoding.sample = sample;
  encoding.channel_axis = channel_axis;
  if (sample == Sample::u8) encoding.full_scale = 255;
  if (sample == Sample::u16) encoding.full_scale = 65535;
  if (sample == Sample::s8) encoding.full_scale = 128;
  if (sample == Sample::s16) encoding.full_scale = 32768;
  if (sample == Sample::s32) encoding.full_scale = 2147483648.0;
  return encoding;
}

// Numbers that every sample type holds.
Signal picture(Index channels, Index extent, const Shape& inner, Sample sample) {
  Signal signal;
  signal.format.channels = channels;
  signal.format.extent = extent;
  signal.format.inner = inner;
  signal.format.type =
      sample == Sample::s32 || sample == Sample::f64 ? SampleType::float64 : SampleType::float32;
  fill(signal, [](Index c, Index n) { return static_cast<double>((c * 37 + n * 11) % 128); });
  return signal;
}

void check_return(const Signal& before, const std::string& path, const Encoding& encoding,
                  const SourceOptions& options = {}) {
  CAPTURE(path);
  CAPTURE(static_cast<int>(encoding.sample));
  CAPTURE(before.format.text());
  save(before, path, encoding, 5);
  for (Index slab : {1, 3, 64}) {
    const Signal after = load(path, slab, options);
    CHECK(after.format.text() == before.format.text());
    CHECK(after.encoding.sample == encoding.sample);
    CHECK(after.encoding.full_scale == encoding.full_scale);
    CHECK(after.samples == before.samples);
  }
}

std::string refusal(const std::string& path, const Format& format) {
  try {
    create_sink(path, format, {});
  } catch (const Error& error) {
    CHECK(error.code() == Code::configuration);
    return error.what();
  }
  return "";
}

std::string npy(const std::string& header, const std::string& data, char version = 1) {
  std::string text = header;
  const std::size_t start = version == 1 ? 10 : 12;
  while ((start + text.size() + 1) % 64 != 0) text += ' ';
  text += '\n';
  std::string bytes = std::string("\x93NUMPY") + version + '\0';
  bytes += static_cast<char>(text.size() & 255);
  bytes += static_cast<char>(text.size() >> 8);
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + text + data;
}

template <class T>
std::string big_endian(std::initializer_list<T> numbers) {
  std::string bytes;
  for (T number : numbers) {
    char b[sizeof(T)];
    std::memcpy(b, &number, sizeof(T));
    for (std::size_t i = sizeof(T); i > 0; --i) bytes += b[i - 1];
  }
  return bytes;
}

}  // namespace

TEST_CASE("io: PNG returns 8 and 16 bits in one to four channels exactly") {
  const Folder folder;
  for (Sample sample : {Sample::u8, Sample::u16}) {
    for (Index channels : {1, 2, 3, 4}) {
      check_return(picture(channels, 17, {23}, sample), folder / "a.png", like(sample));
    }
  }
  Signal wide = picture(1, 1, {300}, Sample::u16);
  fill(wide, [](Index, Index n) { return static_cast<double>(n * 219); });
  check_return(wide, folder / "a.png", like(Sample::u16));
}

TEST_CASE("io: TIFF returns every sample type, images and volumes, any channels exactly") {
  const Folder folder;
  for (Sample sample :
       {Sample::u8, Sample::u16, Sample::s8, Sample::s16, Sample::s32, Sample::f32, Sample::f64}) {
    for (Index channels : {1, 2, 3, 4, 10}) {
      check_return(picture(channels, 17, {23}, sample), folder / "a.tif", like(sample));
      check_return(picture(channels, 4, {6, 7}, sample), folder / "a.tif", like(sample));
    }
  }
}

TEST_CASE("io: OpenEXR returns floats in any channels exactly") {
  const Folder folder;
  for (Index channels : {1, 2, 3, 4, 10, 300}) {
    check_return(picture(channels, 17, {23}, Sample::f32), folder / "a.exr", like(Sample::f32));
  }
}

TEST_CASE("io: OpenEXR is read from any row again") {
  const Folder folder;
  const Signal image = picture(2, 40, {3}, Sample::f32);
  save(image, folder / "a.exr", like(Sample::f32), 2);
  const auto source = open_source(folder / "a.exr", {});
  std::vector<float> row(6);
  for (const Index position : {39, 1, 1, 0, 17}) {
    CHECK(source->seek(0, position));
    CHECK(source->read(SlabOf<float>{row.data(), 2, 1, 3, 3}) == 1);
    CHECK(row[3] ==
          static_cast<float>(image.samples[static_cast<std::size_t>(120 + position * 3)]));
  }
}

TEST_CASE("io: .npy returns every sample type, rank and place of channels exactly") {
  const Folder folder;
  for (Sample sample :
       {Sample::u8, Sample::u16, Sample::s8, Sample::s16, Sample::s32, Sample::f32, Sample::f64}) {
    for (const Shape& inner : {Shape{}, Shape{5}, Shape{4, 5}, Shape{2, 3, 4}}) {
      check_return(picture(1, 17, inner, sample), folder / "a.npy", like(sample));
      for (Index channels : {1, 2, 10}) {
        SourceOptions options;
        options.channel_axis = "first";
        check_return(picture(channels, 17, inner, sample), folder / "a.npy", like(sample, 0),
                     options);
        options.channel_axis = "last";
        check_return(picture(channels, 17, inner, sample), folder / "a.npy",
                     like(sample, 1 + inner.rank()), options);
      }
    }
  }
}

TEST_CASE("io: an array that ends before it was announced closes its gaps") {
  const Folder folder;
  Signal before = picture(3, 9, {5}, Sample::f32);
  Format format = before.format;
  format.extent = 1000;
  const auto sink = create_sink(folder / "a.npy", format, like(Sample::f32, 0));
  std::vector<float> samples(before.samples.begin(), before.samples.end());
  sink->write(SlabOf<float>{samples.data(), 3, 9, 5, 45});
  sink->commit();
  SourceOptions options;
  options.channel_axis = "first";
  CHECK(load(folder / "a.npy", 4, options).samples == before.samples);
}

TEST_CASE("io: .npy of other orders, versions and bytes is read as NumPy reads it") {
  const Folder folder;
  const auto read = [&](const std::string& bytes) {
    write_bytes(folder / "a.npy", bytes);
    return load(folder / "a.npy", 2).samples;
  };
  const std::vector<double> expected{1, 2, 3, 4, 5, 6};
  const std::string shape = "'shape': (2, 3), }";
  const std::string bytes = big_endian<float>({1, 2, 3, 4, 5, 6});
  for (char version : {'\1', '\2', '\3'}) {
    CHECK(read(npy("{'descr': '>f4', 'fortran_order': False, " + shape, bytes, version)) ==
          expected);
  }
  CHECK(read(npy("{'descr': '>i2', 'fortran_order': True, " + shape,
                 big_endian<std::int16_t>({1, 4, 2, 5, 3, 6}))) == expected);
  const std::string halves("\x00\x3c\x00\x40\x00\x42\x00\x44\x00\x45\x00\x46", 12);
  CHECK(read(npy("{\"shape\": (2, 3), \"descr\": \"<f2\", \"fortran_order\": False}", halves)) ==
        expected);
}

TEST_CASE("io: .npy that lies or is of another type is refused before memory is asked for") {
  const Folder folder;
  const auto message = [&](const std::string& bytes) {
    write_bytes(folder / "a.npy", bytes);
    return load_error(folder / "a.npy");
  };
  const std::string end = ", 'fortran_order': False, 'shape': ";
  const auto with = [&](const char* type, const char* shape) {
    return npy("{'descr': '" + std::string(type) + "'" + end + shape + ", }", std::string(64, 'x'));
  };
  CHECK(message(with("<f4", "(1099511627776,)"))
            .find("truncated: header states 1099511627776 elements of 4 bytes, 16 are there") !=
        std::string::npos);
  CHECK(message(with("<f8", "(4294967296, 4294967296, 4294967296)")).find("truncated") !=
        std::string::npos);
  CHECK(message(with("<f4", "(5, 4)")).find("truncated") != std::string::npos);
  CHECK(message(with("<f4", "(0, 4)")).find("no elements") != std::string::npos);
  CHECK(message(with("<f4", "()")).find("no axis") != std::string::npos);
  CHECK(message(with("<f4", "(-1, 4)")).find("extent of -1") != std::string::npos);
  CHECK(message(with("<i8", "(2,)")).find("elements of type '<i8'; allowed are u1, u2, u4, i1") !=
        std::string::npos);
  CHECK(message(with("<c8", "(2,)")).find("'<c8'") != std::string::npos);
  CHECK(message(npy("{'descr': [('a', '<f4')]" + end + "(2,)}", "12345678")).find("structured") !=
        std::string::npos);
  CHECK(message("\x93NUMPY").find("not a .npy file") != std::string::npos);
}

TEST_CASE("io: JPEG returns a smooth picture within its loss") {
  const Folder folder;
  for (Index channels : {1, 3}) {
    Signal before = picture(channels, 40, {50}, Sample::u8);
    fill(before, [](Index c, Index n) {
      return std::round(120 + 60 * std::sin(0.1 * static_cast<double>(n % 50)) +
                        30 * static_cast<double>(c));
    });
    save(before, folder / "a.jpg", like(Sample::u8), 7);
    const Signal after = load(folder / "a.jpg", 9);
    CHECK(after.format.text() == before.format.text());
    double worst = 0;
    for (std::size_t i = 0; i < before.samples.size(); ++i) {
      worst = std::max(worst, std::abs(before.samples[i] - after.samples[i]));
    }
    CHECK(worst < 8);
  }
}

TEST_CASE("io: images round to nearest, saturate, and keep white white") {
  const Folder folder;
  Signal before = picture(1, 1, {6}, Sample::u8);
  before.samples = {-3, 300, 1.4, 1.6, 254.9, 0.5};
  const std::vector<double> expected{0, 255, 1, 2, 255, 0};
  for (const char* name : {"a.png", "a.tif", "a.npy"}) {
    save(before, folder / name, like(Sample::u8), 1);
    CHECK(load(folder / name, 1).samples == expected);
  }
  before.samples = {0, 65535, 32768, 257, 0, 0};
  save(before, folder / "a.jpg", like(Sample::u16), 1);
  CHECK(load(folder / "a.jpg", 1).samples[1] >= 240);
  before.samples = {0, 1, 0.5, 2, -1, 0};
  save(before, folder / "b.png", like(Sample::f32), 1);
  CHECK(load(folder / "b.png", 1).samples == std::vector<double>{0, 65535, 32768, 65535, 0, 0});
}

TEST_CASE("io: what an image file cannot hold is refused by name") {
  const Folder folder;
  Format format = picture(5, 4, {6}, Sample::u8).format;
  CHECK(refusal(folder / "a.png", format) == "png holds 1 to 4 channels; the signal has 5");
  CHECK(refusal(folder / "a.jpg", format) == "jpeg holds 1 to 3 channels; the signal has 5");
  format.channels = 2;
  CHECK(refusal(folder / "a.jpg", format) == "jpeg holds 1 or 3 channels; the signal has 2");
  format.inner = {70000};
  format.channels = 1;
  CHECK(refusal(folder / "a.jpg", format).find("jpeg holds 1 to 65500 rows and columns") == 0);
  format.inner = {4, 5};
  CHECK(refusal(folder / "a.png", format).find("png holds images") == 0);
  format.inner = {};
  CHECK(refusal(folder / "a.tif", format).find("tiff holds images and volumes") == 0);
  format.inner = {4};
  format.extent.reset();
  CHECK(refusal(folder / "a.png", format).find("its rows first") != std::string::npos);
  CHECK(folder.names().empty());
}

TEST_CASE("io: truncated images are refused") {
  const Folder folder;
  for (const char* name : {"a.png", "a.jpg", "a.tif", "a.exr", "a.npy"}) {
    CAPTURE(std::string(name));
    Signal before = picture(1, 200, {300}, Sample::u8);
    save(before, folder / name, like(Sample::u8), 50);
    const std::string bytes = read_bytes(folder / name);
    for (double part : {0.3, 0.7, 0.99}) {
      write_bytes(
          folder / name,
          bytes.substr(0, static_cast<std::size_t>(static_cast<double>(bytes.size()) * part)));
      const std::string message = load_error(folder / name);
      CAPTURE(message);
      CHECK(message.find(name) != std::string::npos);
      CHECK((message.find("truncated") != std::string::npos ||
             message.find("not a TIFF") != std::string::npos));
    }
  }
}

TEST_CASE("io: texts named as images are refused") {
  const Folder folder;
  for (const char* name : {"a.png", "a.jpg", "a.tif", "a.exr", "a.npy"}) {
    write_bytes(folder / name, "these are words, not pixels\n");
    CHECK(load_error(folder / name).find(folder / name) == 0);
  }
}

TEST_CASE("io: corrupted images and arrays never do worse than an Error") {
  const Folder folder;
  for (const char* name : {"a.png", "a.jpg", "a.tif", "b.tif", "a.exr", "a.npy"}) {
    CAPTURE(std::string(name));
    const bool volume = name[0] == 'b';
    save(volume ? picture(1, 4, {8, 9}, Sample::u8) : picture(1, 20, {30}, Sample::u8),
         folder / name, like(Sample::u8), 50);
    CHECK(load_mutations(folder / name, 400) < 400);
  }
}

TEST_CASE("io: memory does not grow with an array's or an image's length") {
  const Folder folder;
  const auto resident_kb = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  const Index rows = 60000, cols = 1000, slab = 100;
  std::vector<float> samples(slab * cols, 0.5f);
  const SlabOf<float> block{samples.data(), 1, slab, cols, slab * cols};
  Format format = picture(1, 1, {cols}, Sample::u8).format;
  format.extent = rows;
  const long before = resident_kb();
  for (const char* name : {"long.npy", "long.tif", "long.exr"}) {
    CAPTURE(std::string(name));
    const auto sink = create_sink(folder / name, format, like(Sample::u8));
    for (Index n = 0; n < rows; n += slab) sink->write(block);
    sink->commit();
    const auto source = open_source(folder / name, {});
    Index total = 0;
    while (const Index got = source->read(block)) total += got;
    CHECK(total == rows);
    CHECK(resident_kb() - before < 20 * 1024);
  }
}

TEST_CASE("io: npy is read from any position again") {
  const Folder folder;
  Signal image;
  image.format = {.channels = 2, .inner = {3}, .extent = 5};
  fill(image, [](Index c, Index n) { return static_cast<double>(c * 100 + n); });
  save(image, folder / "a.npy", {}, 2);
  SourceOptions options;
  options.channel_axis = "first";
  const auto source = open_source(folder / "a.npy", options);
  std::vector<float> row(6);
  for (const Index position : {4, 1, 1, 0}) {
    CHECK(source->seek(0, position));
    CHECK(source->read(SlabOf<float>{row.data(), 2, 1, 3, 3}) == 1);
    CHECK(row[0] == static_cast<float>(position * 3));
    CHECK(row[5] == static_cast<float>(100 + position * 3 + 2));
  }
}
