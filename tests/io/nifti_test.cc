// NIfTI: hand-made headers of both versions and byte orders, ways back, and hostile claims.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;

namespace {

// Bytes of a header, number by number, in either byte order.
struct Bytes {
  std::string text;
  bool swapped = false;

  template <class Number>
  Bytes& put(std::size_t at, Number number) {
    char raw[sizeof number];
    std::memcpy(raw, &number, sizeof number);
    if (swapped) std::reverse(raw, raw + sizeof number);
    if (text.size() < at + sizeof number) text.resize(at + sizeof number, '\0');
    text.replace(at, sizeof number, std::string(raw, sizeof number));
    return *this;
  }
  template <class Number>
  Bytes& append(Number number) {
    return put(text.size(), number);
  }
};

struct Voxels {
  std::vector<std::int16_t> dims{3, 4, 3, 2};
  std::int16_t datatype = 4;  // int16
  std::int16_t bits = 16;
  float slope = 0, intercept = 0;
};

// Version 1, up to where data begin: affine of 2, 3, 4 mm from -10, -20, -30 as sform.
Bytes first_version(const Voxels& v, bool swapped = false) {
  Bytes b{std::string(352, '\0'), swapped};
  b.put(0, std::int32_t{348});
  for (std::size_t i = 0; i < 8; ++i) {
    b.put(40 + 2 * i, i < v.dims.size() ? v.dims[i] : std::int16_t{1});
  }
  b.put(70, v.datatype).put(72, v.bits).put(108, 352.0f).put(112, v.slope).put(116, v.intercept);
  const float pixdim[] = {1, 2, 3, 4, 0.5, 1, 1, 1};
  for (std::size_t i = 0; i < 8; ++i) b.put(76 + 4 * i, pixdim[i]);
  b.put(123, std::uint8_t{2 | 8});
  b.put(254, std::int16_t{1});
  for (std::size_t row = 0; row < 3; ++row) {
    b.put(280 + 16 * row + 4 * row, pixdim[row + 1]);
    b.put(280 + 16 * row + 12, -10.0f * static_cast<float>(row + 1));
  }
  b.text.replace(148, 4, "made");
  b.text.replace(344, 4, std::string("n+1\0", 4));
  return b;
}

Bytes second_version(bool swapped) {
  Bytes b{std::string(544, '\0'), swapped};
  b.put(0, std::int32_t{540}).put(12, std::int16_t{64}).put(14, std::int16_t{64});
  const std::int64_t dims[] = {3, 4, 3, 2, 1, 1, 1, 1};
  for (std::size_t i = 0; i < 8; ++i) b.put(16 + 8 * i, dims[i]).put(104 + 8 * i, 1.5);
  b.put(168, std::int64_t{544});
  b.text.replace(4, 8, std::string("n+2\0\r\n\032\n", 8));
  return b;
}

template <class Number>
std::string with_counted(Bytes b, Index count, Number) {
  for (Index i = 0; i < count; ++i) b.append(static_cast<Number>(i - 5));
  return b.text;
}

bool counts(const Signal& signal, double slope = 1, double intercept = 0) {
  for (std::size_t i = 0; i < signal.samples.size(); ++i) {
    if (signal.samples[i] != (static_cast<double>(i) - 5) * slope + intercept) return false;
  }
  return !signal.samples.empty();
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// A gzip member without its end: one block, stored (RFC 1951, 3.2.4).
std::string gzip_stored(const std::string& data) {
  std::string text("\x1f\x8b\x08\0\0\0\0\0\0\x03\x01", 11);
  const auto size = static_cast<unsigned>(data.size());
  for (const unsigned byte : {size, size >> 8, ~size, ~size >> 8}) {
    text += static_cast<char>(byte & 255);
  }
  return text + data;
}

// All of the items, one after the other, as they are read in slabs of 2.
std::vector<double> items_of(Source& source) {
  const Format& format = source.format();
  std::vector<double> all;
  std::vector<float> memory(static_cast<std::size_t>(slab_samples(format, 2)));
  const SlabOf<float> slab{memory.data(), format.channels, 2, format.inner_size(),
                           2 * format.inner_size()};
  for (Index item = 0; item < source.encoding().items; ++item) {
    while (const Index got = source.read(slab)) {
      for (Index c = 0; c < format.channels; ++c) {
        all.insert(all.end(), slab.channel(c), slab.channel(c) + got * format.inner_size());
      }
    }
  }
  CHECK(source.read(slab) == 0);
  return all;
}

}  // namespace

TEST_CASE("io: nifti of both versions and byte orders is read") {
  const Folder folder;
  for (const bool swapped : {false, true}) {
    write_bytes(folder / "a.nii", with_counted(first_version({}, swapped), 24, std::int16_t{}));
    write_bytes(folder / "b.nii", with_counted(second_version(swapped), 24, double{}));
    for (const char* name : {"a.nii", "b.nii"}) {
      for (const Index slab : {1, 2, 5}) {
        const Signal signal = load(folder / name, slab);
        CHECK(counts(signal));
        CHECK(signal.format.inner == Shape{3, 4});
        CHECK(signal.extent() == 2);
      }
    }
  }
}

TEST_CASE("io: nifti says what its axes mean and where they lie") {
  const Folder folder;
  write_bytes(folder / "a.nii", with_counted(first_version({}), 24, std::int16_t{}));
  const Signal signal = load(folder / "a.nii", 2);
  const Description& d = *signal.encoding.description;
  REQUIRE(d.space.size() == 3);
  CHECK(d.space[0].name == "z");
  CHECK(d.space[0].spacing == 4);
  CHECK(d.space[2].spacing == 2);
  CHECK(d.space[2].unit == "mm");
  CHECK(d.affine == Affine{2, 0, 0, -10, 0, 3, 0, -20, 0, 0, 4, -30});
  CHECK(d.entries.at("descrip") == "made");
  CHECK(signal.encoding.sample == Encoding::Sample::s16);
}

TEST_CASE("io: nifti's qform places a volume where there is no sform") {
  const Folder folder;
  Bytes b = first_version({});
  b.put(254, std::int16_t{0}).put(252, std::int16_t{1});
  b.put(264, static_cast<float>(std::sqrt(0.5)));  // a quarter turn about z
  b.put(76, -1.0f).put(268, 7.0f);
  write_bytes(folder / "a.nii", with_counted(b, 24, std::int16_t{}));
  const Signal signal = load(folder / "a.nii", 2);
  const Affine want{0, -3, 0, 7, 2, 0, 0, 0, 0, 0, -4, 0};
  for (std::size_t i = 0; i < want.size(); ++i) {
    CHECK((*signal.encoding.description->affine)[i] == doctest::Approx(want[i]).epsilon(1e-6));
  }
}

TEST_CASE("io: nifti's scaled integers are read as they are meant and written as floats") {
  const Folder folder;
  Voxels scaled;
  scaled.slope = 0.5;
  scaled.intercept = 100;
  write_bytes(folder / "a.nii", with_counted(first_version(scaled), 24, std::int16_t{}));
  const Signal signal = load(folder / "a.nii", 2);
  CHECK(counts(signal, 0.5, 100));
  CHECK(signal.encoding.sample == Encoding::Sample::f32);
  CHECK(signal.encoding.notes.size() == 1);
  save(signal, folder / "b.nii", signal.encoding, 1);
  const Signal back = load(folder / "b.nii", 2);
  CHECK(counts(back, 0.5, 100));
  CHECK(back.encoding.notes.empty());
}

TEST_CASE("io: nifti returns byte for byte, its extensions too") {
  const Folder folder;
  for (const bool swapped : {false, true}) {
    Bytes b = first_version({}, swapped);
    b.text.replace(348, 1, "\1");
    b.text += std::string(
        "\0\0\0\x10\0\0\0\x06"
        "a note.",
        16);
    b.put(108, 368.0f);
    write_bytes(folder / "a.nii", with_counted(b, 24, std::int16_t{}));
    const Signal signal = load(folder / "a.nii", 2);
    CHECK(counts(signal));
    save(signal, folder / "b.nii", signal.encoding, 1);
    CHECK(read_bytes(folder / "b.nii") == read_bytes(folder / "a.nii"));
    save(signal, folder / "b.nii.gz", signal.encoding, 1);
    CHECK(load(folder / "b.nii.gz", 2).samples == signal.samples);
    CHECK(read_bytes(folder / "b.nii.gz").substr(0, 2) == "\x1f\x8b");
  }
}

TEST_CASE("io: nifti's time points are items, its vectors channels") {
  const Folder folder;
  Voxels v;
  v.dims = {5, 4, 3, 2, 3, 2};
  write_bytes(folder / "a.nii", with_counted(first_version(v), 144, std::int16_t{}));
  const auto source = open_source(folder / "a.nii", {});
  CHECK(source->encoding().items == 3);
  CHECK(source->format().channels == 2);
  CHECK(source->encoding().description->items[0].spacing == 0.5);
  const std::vector<double> all = items_of(*source);
  REQUIRE(all.size() == 144);
  CHECK(all[24] == 72 - 5);  // the first time point's second vector component
  CHECK(all[48] == 24 - 5);
  CHECK(source->seek(2, 1));
  std::vector<float> plane(24);
  CHECK(source->read(SlabOf<float>{plane.data(), 2, 1, 12, 12}) == 1);
  CHECK(plane[0] == 2 * 24 + 12 - 5);
  CHECK(plane[12] == 72 + 2 * 24 + 12 - 5);
}

TEST_CASE("io: nifti's items and vectors return, packed too") {
  const Folder folder;
  Voxels v;
  v.dims = {5, 4, 3, 2, 3, 2};
  write_bytes(folder / "a.nii", with_counted(first_version(v), 144, std::int16_t{}));
  for (const char* name : {"b.nii", "b.nii.gz"}) {
    const auto source = open_source(folder / "a.nii", {});
    const std::vector<double> all = items_of(*source);
    const auto sink = create_sink(folder / name, source->format(), source->encoding());
    std::vector<float> item(48);
    for (std::size_t i = 0; i < 3; ++i) {
      std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(48 * i), 48, item.begin());
      const Slab whole = SlabOf<float>{item.data(), 2, 2, 12, 24};
      sink->write(whole.part(0, 1));
      sink->write(whole.part(1, 1));
    }
    sink->commit();
    CHECK(items_of(*open_source(folder / name, {})) == all);
  }
  CHECK(read_bytes(folder / "b.nii") == read_bytes(folder / "a.nii"));
  CHECK(folder.names().size() == 3);
}

TEST_CASE("io: nifti holds colours, and what has no header yet") {
  const Folder folder;
  Signal image;
  image.format = {.channels = 3, .inner = {5}, .extent = 4};
  fill(image, [](Index c, Index n) { return static_cast<double>(c * 60 + n); });
  Encoding like;
  like.sample = Encoding::Sample::u8;
  like.full_scale = 255;
  for (const char* name : {"a.nii", "a.nii.gz"}) {
    save(image, folder / name, like, 3);
    const Signal back = load(folder / name, 3);
    CHECK(back.samples == image.samples);
    CHECK(back.format.channels == 3);
    CHECK(back.encoding.sample == Encoding::Sample::u8);
    CHECK(!back.encoding.description->affine);
  }
  image.format.extent.reset();
  Signal unknown = image;
  unknown.format.channels = 1;
  unknown.samples.resize(20);
  const auto sink = create_sink(folder / "b.nii.gz", unknown.format, like);
  std::vector<float> rows(unknown.samples.begin(), unknown.samples.end());
  sink->write(SlabOf<float>{rows.data(), 1, 4, 5, 20});
  sink->commit();
  CHECK(load(folder / "b.nii.gz", 3).samples == unknown.samples);
}

TEST_CASE("io: nifti of more than 32767 voxels along an axis becomes version 2") {
  const Folder folder;
  Signal image;
  image.format = {.inner = {40000}, .extent = 2};
  fill(image, [](Index, Index n) { return static_cast<double>(n); });
  save(image, folder / "a.nii", {}, 1);
  CHECK(read_bytes(folder / "a.nii").substr(4, 3) == "n+2");
  CHECK(load(folder / "a.nii", 2).samples == image.samples);
}

TEST_CASE("io: pairs of .hdr and .img are read and not written") {
  const Folder folder;
  Bytes b = first_version({});
  b.put(108, 0.0f).text.replace(344, 4, std::string("ni1\0", 4));
  write_bytes(folder / "a.hdr", b.text.substr(0, 348));
  write_bytes(folder / "a.img", with_counted(Bytes{}, 24, std::int16_t{}));
  const Signal signal = load(folder / "a.hdr", 1);
  CHECK(counts(signal));
  CHECK_THROWS_AS(save(signal, folder / "b.hdr", signal.encoding, 1), Error);
  save(signal, folder / "b.nii", signal.encoding, 1);
  CHECK(counts(load(folder / "b.nii", 1)));
}

TEST_CASE("io: nifti's hostile claims are refused with their sizes") {
  const Folder folder;
  const auto refusal = [&](const Bytes& b, const char* name = "bad.nii") {
    write_bytes(folder / name, with_counted(b, 24, std::int16_t{}));
    return load_error(folder / name);
  };
  Voxels v;
  v.dims = {3, 32767, 32767, 32767};
  CHECK(says(refusal(first_version(v)), "1x1x32767x32767x32767 numbers of 2 bytes, 400 bytes"));
  v.dims = {5, 32767, 32767, 32767, 32767, 32767};
  CHECK(says(refusal(first_version(v)), "cannot hold them"));
  v.dims = {3, 4, -3, 2};
  CHECK(says(refusal(first_version(v)), "an extent of -3 along axis 2"));
  v.dims = {8, 4, 3, 2};
  CHECK(says(refusal(first_version(v)), "8 axes; allowed are 2 to 7"));
  v.dims = {7, 4, 3, 2, 1, 1, 2, 1};
  CHECK(says(refusal(first_version(v)), "7 axes"));
  Bytes huge = second_version(false);
  huge.put(24, std::int64_t{1} << 40);
  CHECK(says(refusal(huge), "cannot hold them"));
  huge.put(24, std::numeric_limits<std::int64_t>::max());
  CHECK(says(refusal(huge), "cannot hold them"));
  CHECK(says(refusal(first_version({}).put(108, 4e9f)), "begin at byte 4000000000"));
  CHECK(says(refusal(first_version({}).put(108, 100.0f)), "begin at byte 100"));
  CHECK(says(refusal(first_version({}).put(108, NAN)), "begin at byte"));
  CHECK(says(refusal(first_version({}).put(70, std::int16_t{768})), "type uint32"));
  CHECK(says(refusal(first_version({}).put(70, std::int16_t{77})), "type 77"));
  CHECK(says(refusal(first_version({}).put(72, std::int16_t{8})), "8 bits for int16"));
  CHECK(says(refusal(first_version({}).put(280, INFINITY)), "affine is not finite"));
  Voxels scaled;
  scaled.slope = 2;
  scaled.intercept = NAN;
  CHECK(says(refusal(first_version(scaled)), "intercept"));
  write_bytes(folder / "short.nii", first_version({}).text + "ab");
  CHECK(says(load_error(folder / "short.nii"), "cannot hold them"));
}

TEST_CASE("io: packed nifti is refused where it ends early or claims more than deflate can hold") {
  const Folder folder;
  write_bytes(folder / "a.nii", with_counted(first_version({}), 24, std::int16_t{}));
  const Signal signal = load(folder / "a.nii", 2);
  save(signal, folder / "a.nii.gz", signal.encoding, 2);
  const std::string packed = read_bytes(folder / "a.nii.gz");
  write_bytes(folder / "cut.nii.gz", packed.substr(0, packed.size() - 20));
  CHECK(says(load_error(folder / "cut.nii.gz"), "truncated"));
  Voxels v;
  v.dims = {3, 1024, 1024, 2};
  write_bytes(folder / "bomb.nii.gz", gzip_stored(first_version(v).text));
  CHECK(says(load_error(folder / "bomb.nii.gz"), "1x1x2x1024x1024 numbers of 2 bytes, "));
  std::string bad = packed;
  bad[60] = static_cast<char>(bad[60] ^ 0x55);
  write_bytes(folder / "bad.nii.gz", bad);
  CHECK(!load_error(folder / "bad.nii.gz").empty());
  // Two members are one file: gzip(1) allows to join them.
  write_bytes(folder / "twice.nii.gz", packed + packed);
  CHECK(load(folder / "twice.nii.gz", 2).samples == signal.samples);
}

TEST_CASE("io: no mutation of a nifti does more than be refused") {
  const Folder folder;
  write_bytes(folder / "a.nii", with_counted(first_version({}), 24, std::int16_t{}));
  write_bytes(folder / "b.nii", with_counted(second_version(true), 24, double{}));
  CHECK(load_mutations(folder / "a.nii", 600) > 100);
  CHECK(load_mutations(folder / "b.nii", 600) > 100);
  const Signal signal = load(folder / "a.nii", 2);
  save(signal, folder / "c.nii.gz", signal.encoding, 2);
  CHECK(load_mutations(folder / "c.nii.gz", 600) > 10);
}
