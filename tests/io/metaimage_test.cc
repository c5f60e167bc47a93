// MetaImage: places in the world, ways back, and hostile claims.
#include <doctest/doctest.h>

#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;

namespace {

std::string bytes(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += static_cast<char>(i);
  return text;
}

std::string header(const std::string& size, const std::string& more = "",
                   const std::string& file = "LOCAL") {
  const auto axes = 1 + std::count(size.begin(), size.end(), ' ');
  return "ObjectType = Image\nNDims = " + std::to_string(axes) +
         "\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n" + more +
         "DimSize = " + size + "\nElementType = MET_UCHAR\nElementDataFile = " + file + '\n';
}

const char* const kPlace =
    "TransformMatrix = 0 1 0 1 0 0 0 0 1\nOffset = 10 20 30\n"
    "ElementSpacing = 2 3.50 4\n";

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("io: metaimage's world is turned from LPS") {
  const Folder folder;
  write_bytes(folder / "a.mha", header("2 3 4", kPlace) + bytes(24));
  const Signal signal = load(folder / "a.mha", 3);
  CHECK(signal.samples[23] == 23);
  CHECK(signal.format.inner == Shape{3, 2});
  // The first axis points along the world's second: x counts y.
  CHECK(signal.encoding.description->affine == Affine{0, -3.5, 0, -10, -2, 0, 0, -20, 0, 0, 4, 30});
  CHECK(signal.encoding.description->space[1].spacing == 3.5);
}

TEST_CASE("io: metaimage returns byte for byte") {
  const Folder folder;
  const std::string text =
      header("2 3 4", std::string("Modality = MET_MOD_MR\n") + kPlace) + bytes(24);
  write_bytes(folder / "a.mha", text);
  const Signal signal = load(folder / "a.mha", 3);
  CHECK(signal.encoding.description->entries.at("Modality") == "MET_MOD_MR");
  save(signal, folder / "b.mha", signal.encoding, 1);
  CHECK(read_bytes(folder / "b.mha") == text);
}

TEST_CASE("io: metaimage's channels lie together, its fourth axis is time") {
  const Folder folder;
  write_bytes(folder / "a.mha", header("4 2", "ElementNumberOfChannels = 3\n") + bytes(24));
  const Signal a = load(folder / "a.mha", 1);
  CHECK(a.format.channels == 3);
  CHECK(a.samples[1] == 3);
  CHECK(a.samples[8] == 1);
  save(a, folder / "b.mha", a.encoding, 1);
  CHECK(load(folder / "b.mha", 2).samples == a.samples);
  write_bytes(folder / "c.mha", header("2 2 2 3", "ElementSpacing = 1 1 1 0.5\n") + bytes(24));
  const auto c = open_source(folder / "c.mha", {});
  CHECK(c->encoding().items == 3);
  CHECK(c->encoding().description->items[0].spacing == 0.5);
  CHECK(c->seek(1, 1));
  std::vector<float> slice(4);
  CHECK(c->read(SlabOf<float>{slice.data(), 1, 1, 4, 4}) == 1);
  CHECK(slice[0] == 12);
}

TEST_CASE("io: metaimage with its data elsewhere is read and written") {
  const Folder folder;
  write_bytes(folder / "a.raw", "xx" + bytes(24));
  write_bytes(folder / "a.mhd", header("2 3 4", "HeaderSize = -1\n", "a.raw"));
  const Signal signal = load(folder / "a.mhd", 3);
  CHECK(signal.samples[23] == 23);
  CHECK_THROWS_AS(save(signal, folder / "a.mhd", signal.encoding, 2), Error);
  save(signal, folder / "b.mhd", signal.encoding, 2);
  CHECK(read_bytes(folder / "b.raw") == bytes(24));
  CHECK(load(folder / "b.mhd", 3).samples == signal.samples);
  for (const char* name : {"/etc/passwd", "../a.raw", "x/../../a.raw"}) {
    write_bytes(folder / "c.mhd", header("2 3 4", "", name));
    CHECK(says(load_error(folder / "c.mhd"), "beside or below it"));
  }
  write_bytes(folder / "c.mhd", header("2 3 4", "", "LIST"));
  CHECK(says(load_error(folder / "c.mhd"), "many files"));
}

TEST_CASE("io: packed metaimage stays packed and states its size") {
  const Folder folder;
  Signal volume;
  volume.format = {.inner = {5, 6}, .extent = 4};
  fill(volume, [](Index, Index n) { return static_cast<double>(n); });
  auto kept = std::make_shared<Description>();
  kept->container = "metaimage";
  kept->header = "ObjectType = Image\nNDims = 3\nCompressedData = True\n";
  kept->space.resize(3);
  Encoding like;
  like.description = kept;
  for (const char* name : {"a.mha", "a.mhd"}) {
    save(volume, folder / name, like, 3);
    CHECK(load(folder / name, 3).samples == volume.samples);
  }
  CHECK(says(read_bytes(folder / "a.mhd"),
             "CompressedDataSize = " + std::to_string(read_bytes(folder / "a.zraw").size()) + ' '));
}

TEST_CASE("io: metaimage's hostile claims are refused with their sizes") {
  const Folder folder;
  const auto refusal = [&](const std::string& text) {
    write_bytes(folder / "bad.mha", text + bytes(24));
    return load_error(folder / "bad.mha");
  };
  CHECK(says(refusal(header("1099511627776 3 4")), "cannot hold them"));
  CHECK(says(refusal(header("9223372036854775807 9223372036854775807")), "any file can hold"));
  CHECK(says(refusal(header("99999999999999999999 3")), "no number"));
  CHECK(says(refusal(header("2 -3 4")), "-3; allowed"));
  CHECK(says(refusal(header("2")), "NDims 1"));
  CHECK(says(refusal(header("2 3 4", "ElementNumberOfChannels = 99999999\n")), "1 to 65536"));
  CHECK(says(refusal(header("2 3 4", "Offset = 1 2\n")), "2 numbers; 3 are needed"));
  CHECK(says(refusal(header("2 3 4", "Offset = 1 2 inf\n")), "not finite"));
  CHECK(says(refusal(header("2 3 4", "Offset = 1 2 3\nPosition = 1 2 3\n")), "stated twice"));
  CHECK(says(refusal("ObjectType = Image\nNDims = 2\n"), "no field in the line"));
  CHECK(says(refusal("ObjectType = Image\nNDims = 2\nDimSize = 2 2\nElementType = MET_UINT\n"
                     "ElementDataFile = LOCAL\n"),
             "'MET_UINT'"));
}

TEST_CASE("io: no mutation of a metaimage does more than be refused") {
  const Folder folder;
  write_bytes(folder / "a.mha", header("2 3 4", kPlace) + bytes(24));
  CHECK(load_mutations(folder / "a.mha", 1000) > 100);
}
