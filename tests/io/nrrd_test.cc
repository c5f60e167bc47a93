// NRRD: roles of axes, places in the world, ways back, and hostile claims.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;

namespace {

// Bytes 0, 1, 2, …, or shorts of the other byte order with those numbers.
std::string bytes(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += static_cast<char>(i);
  return text;
}
std::string big_shorts(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += {static_cast<char>(i >> 8), static_cast<char>(i)};
  return text;
}

std::string header(const std::string& sizes, const std::string& more = "") {
  const auto axes = 1 + std::count(sizes.begin(), sizes.end(), ' ');
  return "NRRD0004\n# made by hand\ntype: uchar\ndimension: " + std::to_string(axes) +
         "\nsizes: " + sizes + "\nencoding: raw\n" + more;
}

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("io: nrrd's colours are channels, its slow lists too, its times items") {
  const Folder folder;
  write_bytes(folder / "a.nrrd", header("3 4 2", "kinds: RGB-color domain domain\n\n") + bytes(24));
  Signal a = load(folder / "a.nrrd", 1);
  CHECK(a.format.channels == 3);
  CHECK(a.format.inner == Shape{4});
  CHECK(a.samples[0] == 0);
  CHECK(a.samples[1] == 3);
  CHECK(a.samples[8] == 1);
  write_bytes(folder / "b.nrrd", header("4 2 3", "kinds: domain domain list\n\n") + bytes(24));
  Signal b = load(folder / "b.nrrd", 1);
  CHECK(b.format.channels == 3);
  CHECK(b.samples[8] == 8);
  write_bytes(folder / "c.nrrd", header("4 2 3", "kinds: domain domain time\n\n") + bytes(24));
  const auto c = open_source(folder / "c.nrrd", {});
  CHECK(c->encoding().items == 3);
  CHECK(c->encoding().description->items[0].name == "t");
  CHECK(c->seek(2, 1));
  std::vector<float> row(4);
  CHECK(c->read(SlabOf<float>{row.data(), 1, 1, 4, 4}) == 1);
  CHECK(row[0] == 20);
  write_bytes(folder / "d.nrrd", header("4 2 3", "kinds: domain list domain\n\n") + bytes(24));
  CHECK(says(load_error(folder / "d.nrrd"), "between axes of space"));
  write_bytes(folder / "e.nrrd", header("4 2 3", "\n") + bytes(24));
  CHECK(load(folder / "e.nrrd", 1).format.inner == Shape{2, 4});
}

TEST_CASE("io: nrrd's spaces become one world") {
  const Folder folder;
  const auto affine = [&](const std::string& space, const char* directions) {
    write_bytes(folder / "a.nrrd", header("2 3 4", space + "space directions: " + directions +
                                                       "\nspace origin: (10,20,30)\n\n") +
                                       bytes(24));
    return load(folder / "a.nrrd", 2).encoding.description->affine;
  };
  const char* axes = "(2,0,0) (0,3,0) (0,0,4)";
  const Affine ras{2, 0, 0, 10, 0, 3, 0, 20, 0, 0, 4, 30};
  const Affine las{-2, 0, 0, -10, 0, 3, 0, 20, 0, 0, 4, 30};
  const Affine lps{-2, 0, 0, -10, 0, -3, 0, -20, 0, 0, 4, 30};
  CHECK(affine("space: right-anterior-superior\n", axes) == ras);
  CHECK(affine("space: LAS\n", axes) == las);
  CHECK(affine("space: left-posterior-superior\n", axes) == lps);
  CHECK(affine("space dimension: 3\n", axes) == lps);
  CHECK(says((write_bytes(folder / "b.nrrd", header("2 3", "space: up\n\n") + bytes(6)),
              load_error(folder / "b.nrrd")),
             "space 'up' is unknown"));
}

TEST_CASE("io: nrrd returns byte for byte") {
  const Folder folder;
  const std::string words =
      "space: LPS\nspace directions: (2,0,0) (0,3.0,0) (0,0,4)\n"
      "space origin: (1,2,3)\ncontent: a head\nlabels: \"a\" \"b\" \"the c\"\n"
      "modality:=PET\nendian: big\n\n";
  std::string text = header("2 3 4", words);
  text.replace(text.find("uchar"), 5, "short");
  write_bytes(folder / "a.nrrd", text + big_shorts(24));
  const Signal signal = load(folder / "a.nrrd", 3);
  CHECK(signal.samples[23] == 23);
  CHECK(signal.encoding.description->entries.at("modality") == "PET");
  CHECK(signal.encoding.description->space[0].name == "the c");
  save(signal, folder / "b.nrrd", signal.encoding, 1);
  CHECK(read_bytes(folder / "b.nrrd") == text + big_shorts(24));
}

TEST_CASE("io: nrrd with its data elsewhere is read and written") {
  const Folder folder;
  write_bytes(folder / "a.raw", "xx" + bytes(24));
  write_bytes(folder / "a.nhdr", header("2 3 4", "byte skip: 2\ndata file: a.raw\n"));
  const Signal signal = load(folder / "a.nhdr", 3);
  CHECK(signal.samples[23] == 23);
  write_bytes(folder / "z.nhdr", header("2 3 4", "byte skip: -1\ndata file: a.raw\n"));
  CHECK(load(folder / "z.nhdr", 3).samples == signal.samples);
  save(signal, folder / "b.nhdr", signal.encoding, 2);
  CHECK(read_bytes(folder / "b.raw") == bytes(24));
  CHECK(says(read_bytes(folder / "b.nhdr"), "data file: b.raw\n"));
  CHECK(load(folder / "b.nhdr", 3).samples == signal.samples);
  CHECK_THROWS_AS(save(signal, folder / "a.nhdr", signal.encoding, 2), Error);
  CHECK(read_bytes(folder / "a.raw") == "xx" + bytes(24));
  for (const char* name : {"/etc/passwd", "../a.raw", "x/../../a.raw", ""}) {
    write_bytes(folder / "c.nhdr", header("2 3 4", "data file: " + std::string(name) + "\n"));
    if (*name) CHECK(says(load_error(folder / "c.nhdr"), "beside or below it"));
  }
  write_bytes(folder / "c.nhdr", header("2 3 4", "data file: a%d.raw 1 3 1\n"));
  CHECK(says(load_error(folder / "c.nhdr"), "many files"));
}

TEST_CASE("io: nrrd from nothing says channels, times and types of its own") {
  const Folder folder;
  Signal image;
  image.format = {.channels = 3, .inner = {5}, .extent = 4};
  fill(image, [](Index c, Index n) { return static_cast<double>(c * 60 + n); });
  for (const Encoding::Sample sample :
       {Encoding::Sample::u8, Encoding::Sample::u16, Encoding::Sample::s8, Encoding::Sample::s16,
        Encoding::Sample::s32, Encoding::Sample::f32, Encoding::Sample::f64}) {
    Encoding like;
    like.sample = sample;
    like.full_scale = 255;
    image.format.type = sample == Encoding::Sample::f64 ? SampleType::float64 : SampleType::float32;
    if (sample == Encoding::Sample::s8) fill(image, [](Index c, Index n) { return static_cast<double>(c + n); });
    save(image, folder / "a.nrrd", like, 3);
    const Signal back = load(folder / "a.nrrd", 3);
    CHECK(back.samples == image.samples);
    CHECK(back.encoding.sample == sample);
  }
  CHECK(says(read_bytes(folder / "a.nrrd"), "kinds: list domain domain\n"));
}

TEST_CASE("io: packed nrrd stays packed") {
  const Folder folder;
  Signal volume;
  volume.format = {.inner = {5, 6}, .extent = 4};
  fill(volume, [](Index, Index n) { return static_cast<double>(n); });
  auto kept = std::make_shared<Description>();
  kept->container = "nrrd";
  kept->header =
      "NRRD0004\ntype: float\ndimension: 3\nsizes: 6 5 4\nendian: little\nencoding: gzip\n";
  kept->space.resize(3);
  Encoding like;
  like.description = kept;
  for (const char* name : {"a.nrrd", "a.nhdr"}) {
    save(volume, folder / name, like, 3);
    CHECK(load(folder / name, 3).samples == volume.samples);
    CHECK(!open_source(folder / name, {})->seek(0, 1));
  }
  CHECK(folder.names() == std::vector<std::string>{"a.nhdr", "a.nrrd", "a.raw.gz"});
}

TEST_CASE("io: nrrd's hostile claims are refused with their sizes") {
  const Folder folder;
  const auto refusal = [&](const std::string& text) {
    write_bytes(folder / "bad.nrrd", text + bytes(24));
    return load_error(folder / "bad.nrrd");
  };
  CHECK(says(refusal(header("1099511627776 3 4", "\n")), "cannot hold them"));
  CHECK(
      says(refusal(header("9223372036854775807 9223372036854775807", "\n")), "any file can hold"));
  CHECK(says(refusal(header("99999999999999999999 3", "\n")), "no number"));
  CHECK(says(refusal(header("2 -3 4", "\n")), "-3; allowed"));
  CHECK(says(refusal(header("2 0 4", "\n")), "0; allowed"));
  CHECK(says(refusal(header("2 3 4", "sizes: 2 3 4\n\n")), "stated twice"));
  CHECK(says(refusal(header("2 3 4", "kinds: domain\n\n")), "1 given, the array has 3"));
  CHECK(says(refusal(header("2 3 4", "labels: \"a\n\n")), "not closed"));
  CHECK(says(refusal(header("2 3 4", "space dimension: 3\nspace origin: (1,2)\n\n")), "2 numbers"));
  CHECK(says(refusal(header("1 1 1 1 1 1 1 2", "\n")), "8 axes of space"));
  CHECK(says(refusal("NRRD0004\ntype: uint\ndimension: 1\nsizes: 2\nencoding: raw\n\n"), "'uint'"));
  CHECK(
      says(refusal("NRRD0004\ntype: short\ndimension: 1\nsizes: 2\nencoding: raw\n\n"), "endian"));
  CHECK(says(refusal("NRRD0004\ntype: uchar\ndimension: 1\nsizes: 2\nencoding: hex\n\n"), "'hex'"));
  CHECK(says(refusal(header("2 3 4", "line skip: 1\n\n")), "line skip"));
  CHECK(says(refusal(header("2 3 4", "byte skip: 99999999999\n\n")), "begin at byte"));
  write_bytes(folder / "long.nrrd", "NRRD0004\n#" + std::string(2 << 20, ' '));
  CHECK(says(load_error(folder / "long.nrrd"), "more than 1048576 bytes"));
}

TEST_CASE("io: no mutation of an nrrd does more than be refused") {
  const Folder folder;
  write_bytes(folder / "a.nrrd",
              header("3 4 2",
                     "kinds: RGB-color domain domain\nspace: LPS\n"
                     "space directions: none (1,0,0) (0,1,0)\nspace origin: (0,0,1)\n\n") +
                  bytes(24));
  CHECK(load_mutations(folder / "a.nrrd", 1000) > 100);
}
