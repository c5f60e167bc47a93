// Zarr stores made by hand from the specifications, sane and hostile. tests/apps/zarr_test.py has
// those of other programs.
#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>

#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;

namespace {

constexpr const char* kArray2 = R"({"zarr_format": 2, "shape": SHAPE, "chunks": CHUNKS,
  "dtype": "|u1", "fill_value": 9, "order": "C", "filters": null, "compressor": null})";

constexpr const char* kArray3 = R"({"zarr_format": 3, "node_type": "array", "shape": SHAPE,
  "data_type": "uint8", "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": CHUNKS}},
  "chunk_key_encoding": {"name": "default"}, "fill_value": 9,
  "codecs": [{"name": "bytes"}], "attributes": {}})";

std::string with(std::string text, const std::string& mark, const std::string& value) {
  const auto at = text.find(mark);
  REQUIRE(at != text.npos);
  return text.replace(at, mark.size(), value);
}

std::string metadata(const char* form, const std::string& shape, const std::string& chunks) {
  return with(with(form, "SHAPE", shape), "CHUNKS", chunks);
}

// A store of one array of 8-bit numbers.
struct Store {
  explicit Store(const std::string& name = "a.zarr") : path(folder / name) {
    std::filesystem::create_directories(path);
  }
  void put(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(std::filesystem::path(path + "/" + name).parent_path());
    write_bytes(path + "/" + name, bytes);
  }
  Folder folder;
  std::string path;
};

std::string numbers(int count, int first) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(first + i);
  return bytes;
}

// Opens `path`, which must end with an Error that says all of `words`.
void refused(const std::string& path, std::initializer_list<const char*> words) {
  const std::string said = load_error(path);
  CAPTURE(said);
  CHECK(said.find(path) == 0);
  for (const char* word : words) {
    CAPTURE(word);
    CHECK(said.find(word) != said.npos);
  }
}

}  // namespace

TEST_CASE("io: a Zarr array is put together from its chunks, missing ones hold the fill value") {
  const Store store;
  store.put(".zarray", metadata(kArray2, "[3, 5]", "[2, 3]"));
  store.put("0.0", numbers(6, 10));
  store.put("0.1", numbers(6, 20));
  store.put("1.1", numbers(6, 30));
  const std::vector<double> expected{10, 11, 12, 20, 21, 13, 14, 15, 23, 24, 9, 9, 9, 30, 31};
  for (Index slab : {1, 2, 3, 7}) CHECK(load(store.path, slab).samples == expected);
}

TEST_CASE("io: Zarr version 3 has folders of chunks, transposes, and dimension names") {
  const Store store;
  std::string text = metadata(kArray3, "[2, 3]", "[2, 3]");
  store.put("zarr.json", text);
  store.put("c/0/0", numbers(6, 1));
  CHECK(load(store.path, 1).samples == std::vector<double>{1, 2, 3, 4, 5, 6});

  text = with(text, "[{", R"([{"name": "transpose", "configuration": {"order": [1, 0]}}, {)");
  text = with(text, R"("attributes")", R"("dimension_names": ["y", "c"], "attributes")");
  store.put("zarr.json", text);
  const Signal turned = load(store.path, 1);
  CHECK(turned.format.channels == 3);
  CHECK(turned.samples == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(turned.encoding.description->space[0].name == "y");
}

TEST_CASE("io: an OME-Zarr image streams its finest level, items by items, channels by name") {
  const Store store("film.zarr");
  store.put(".zgroup", R"({"zarr_format": 2})");
  store.put(".zattrs", R"({"multiscales": [{"version": "0.4", "axes": [
    {"name": "t", "type": "time", "unit": "second"}, {"name": "c", "type": "channel"},
    {"name": "y", "type": "space", "unit": "micrometer"},
    {"name": "x", "type": "space", "unit": "micrometer"}],
    "datasets": [{"path": "0", "coordinateTransformations": [
      {"type": "scale", "scale": [2, 1, 0.5, 0.25]},
      {"type": "translation", "translation": [0, 0, 3, 0]}]}],
    "coordinateTransformations": [{"type": "scale", "scale": [1, 1, 2, 2]}]}]})");
  store.put("0/.zarray", metadata(kArray2, "[2, 2, 2, 2]", "[1, 1, 1, 2]"));
  for (int t = 0; t < 2; ++t) {
    for (int c = 0; c < 2; ++c) {
      for (int y = 0; y < 2; ++y) {
        const std::string name =
            "0/" + std::to_string(t) + "." + std::to_string(c) + "." + std::to_string(y) + ".0";
        store.put(name, numbers(2, 100 * t + 10 * c + 2 * y));
      }
    }
  }
  for (const std::string& path : {store.path, store.path + "/0"}) {
    const auto source = open_source(path, {});
    CHECK(source->encoding().items == 2);
    CHECK(source->format().channels == 2);
    CHECK(source->format().extent == 2);
    const Description& said = *source->encoding().description;
    CHECK(said.items[0].spacing == 2);
    CHECK(said.space[0].spacing == 1);
    CHECK(said.space[0].origin == 6);
    CHECK(said.space[0].unit == "micrometer");
    std::vector<float> memory(8);
    const SlabOf<float> slab{memory.data(), 2, 2, 2, 4};
    REQUIRE(source->read(slab) == 2);
    CHECK(memory == std::vector<float>{0, 1, 2, 3, 10, 11, 12, 13});
    CHECK(source->read(slab) == 0);
    REQUIRE(source->read(slab) == 2);
    CHECK(memory == std::vector<float>{100, 101, 102, 103, 110, 111, 112, 113});
    CHECK(source->read(slab) == 0);
    CHECK(source->read(slab) == 0);
    REQUIRE(source->seek(0, 1));
    REQUIRE(source->read(slab) == 1);
    CHECK(memory[0] == 2);
    CHECK(memory[4] == 12);
  }
}

TEST_CASE("io: a channel axis that is asked for goes before names") {
  const Store store;
  store.put(".zarray", metadata(kArray2, "[2, 3]", "[2, 3]"));
  store.put("0.0", numbers(6, 1));
  SourceOptions options;
  options.channel_axis = "last";
  const Signal last = load(store.path, 2, options);
  CHECK(last.format.channels == 3);
  CHECK(last.samples == std::vector<double>{1, 4, 2, 5, 3, 6});
  options.channel_axis = "middle";
  CHECK_THROWS_WITH_AS(load(store.path, 2, options),
                       "channel axis 'middle'; allowed are none, first, last", Error);
}

TEST_CASE("io: Zarr metadata that state impossible sizes are refused before memory is taken") {
  const Store store;
  const auto stated = [&](const char* shape, const char* chunks,
                          std::initializer_list<const char*> words) {
    store.put(".zarray", metadata(kArray2, shape, chunks));
    refused(store.path, words);
  };
  stated("[1099511627776]", "[10]", {"1099511627776", "an axis has at most 68719476736"});
  stated("[10]", "[1099511627776]", {"1099511627776", "a chunk has at most 1073741824"});
  stated("[9223372036854775808]", "[1]", {"'shape' holds 9223372036854775808"});
  stated("[-5, 3]", "[1, 1]", {"'shape' holds -5"});
  stated("[4294967296, 4294967296, 4294967296]", "[1, 1, 1]", {"overflows"});
  stated("[4, 4]", "[65536, 65536]", {"65536x65536", "a chunk has at most"});
  stated("[4, 4]", "[4]", {"do not have as many axes"});
  stated("[4, 4]", "[4, 0]", {"at least one number"});
  stated("[0, 4]", "[4, 4]", {"holds nothing"});
  stated("[]", "[]", {"no axis to stream along"});
  stated("[1, 1, 1, 1, 1, 1, 1, 1, 1]", "[1]", {"9 axes; at most 8"});
  stated("[1048576, 34359738368]", "[1, 4096]", {"a row of chunks"});
  stated("{}", "[1]", {"'shape' must be a list"});
  stated("[1.5]", "[1]", {"'shape' holds 1.5"});
}

TEST_CASE("io: Zarr metadata of unknown types, orders and codecs are refused by name") {
  const Store store;
  const std::string good = metadata(kArray2, "[4]", "[4]");
  const auto changed = [&](const char* from, const char* to,
                           std::initializer_list<const char*> words) {
    store.put(".zarray", with(good, from, to));
    refused(store.path, words);
  };
  changed(R"("|u1")", R"("<c8")", {"'<c8'", "allowed are u1"});
  changed(R"("|u1")", R"([["a", "<f4"]])", {"allowed are u1"});
  changed(R"("|u1")", R"("<u8")", {"'<u8'"});
  changed(R"("C")", R"("K")", {"'order' is 'K'"});
  changed(R"("C")", "7", {"'order' must be a text"});
  changed(": 9", R"(: "NaN")", {"'fill_value' \"NaN\" is no number of type u1"});
  changed(": 9", ": 300", {"300 is no number of type u1"});
  changed(R"("filters": null)", R"("filters": [{"id": "delta"}])",
          {"'filters' [{ \"id\": \"delta\" }]; none"});
  changed(R"("shape": [4])", R"("shape": [{"a": 1}])", {"'shape' holds { \"a\": 1 }; whole"});
  changed(R"("compressor": null)", R"("compressor": {"id": "lzma"})", {"codec 'lzma'", "blosc"});
  changed(R"("compressor": null)", R"("compressor": {"id": "zlib", "level": 77})", {"77"});
  changed("2, ", "4, ", {"'zarr_format' 4"});
  changed("}", ", \"order\": \"F\"}", {"JSON states 'order' twice"});
  changed("}", "", {"no JSON at line 2"});
  store.put(".zarray", std::string(100, '['));
  refused(store.path, {"64 levels"});
  store.put(".zarray", std::string(10 << 20, ' '));
  refused(store.path, {"10485760 bytes of JSON; at most 4194304"});

  std::filesystem::remove(store.path + "/.zarray");
  const std::string three = metadata(kArray3, "[4]", "[4]");
  const auto changed_3 = [&](const char* from, const char* to,
                             std::initializer_list<const char*> words) {
    store.put("zarr.json", with(three, from, to));
    refused(store.path, words);
  };
  changed_3("[{", R"([{"name": "sharding_indexed", "configuration": {}}, {)",
            {"codec 'sharding_indexed'"});
  changed_3("uint8", "complex64", {"'complex64'", "float32"});
  changed_3("regular", "rectangular", {"'rectangular'; allowed is 'regular'"});
  changed_3(R"([{"name": "bytes"}])", "[]", {"'codecs' must hold 'bytes'"});
  changed_3("[{", R"([{"name": "transpose", "configuration": {"order": [1]}}, {)", {"transpose"});
}

TEST_CASE("io: chunks that are short, long, bombs or links out of the store are refused") {
  const Store store;
  store.put(".zarray", metadata(kArray2, "[4]", "[4]"));
  store.put("0", numbers(3, 1));
  refused(store.path, {"/0: holds 3 bytes; its shape needs 4"});
  store.put("0", numbers(5, 1));
  refused(store.path, {"/0: 5 bytes for a chunk of 4"});
  write_bytes(store.folder / "outside", numbers(4, 1));
  std::filesystem::remove(store.path + "/0");
  std::filesystem::create_symlink(store.folder / "outside", store.path + "/0");
  refused(store.path, {"/0: is a link that leaves the store"});
  std::filesystem::remove(store.path + "/0");
  std::filesystem::create_directory(store.path + "/0");
  refused(store.path, {"/0", "is a folder"});

  // 1032 zeros for every byte, which Python's zlib made: more than the chunk's four.
  const std::string bomb("\x78\x9c\x63\x60\x18\x05\xa3\x60\x14\x8c\x54\x00\x00\x04\x00\x00\x01",
                         17);
  std::filesystem::remove(store.path + "/0");
  store.put("0", bomb);
  store.put(".zarray", with(metadata(kArray2, "[4]", "[4]"), R"("compressor": null)",
                            R"("compressor": {"id": "zlib", "level": 1})"));
  refused(store.path, {"/0: decompresses to more than 4 bytes"});
}

TEST_CASE("io: multiscales that lead out of the store are refused") {
  const Store store;
  store.put(".zgroup", R"({"zarr_format": 2})");
  std::filesystem::create_directory(store.folder / "other");
  write_bytes(store.folder / "other/.zarray", metadata(kArray2, "[4]", "[4]"));
  const auto leading_to = [&](const std::string& path, std::initializer_list<const char*> words) {
    store.put(".zattrs",
              with(R"({"multiscales": [{"axes": ["x"], "datasets": [{"path": "PATH"}]}]})", "PATH",
                   path));
    refused(store.path, words);
  };
  for (const char* path : {"../other", "0/../../other", "/etc", "", ".", "a//b"}) {
    leading_to(path, {"no place within the store"});
  }
  std::filesystem::create_symlink(store.folder / "other", store.path + "/link");
  leading_to("link", {"'link'", "not within the store"});
  leading_to("missing", {"'missing'", "not within the store"});
  store.put("0/.zarray", metadata(kArray2, "[4, 4]", "[4, 4]"));
  leading_to("0", {"multiscales name 1 axes", "4x4"});
}

TEST_CASE("io: a folder that is no array says what it is") {
  const Store store;
  refused(store.path, {"is no Zarr array"});
  refused(store.path + "/nothing", {"there is no such folder"});
  store.put(".zgroup", R"({"zarr_format": 2})");
  store.put("b/.zarray", metadata(kArray2, "[4]", "[4]"));
  store.put("a/zarr.json", metadata(kArray3, "[4]", "[4]"));
  refused(store.path, {"is a Zarr group; name one of a, b"});
  CHECK(load(store.path + "/b", 4).samples == std::vector<double>{9, 9, 9, 9});
  CHECK(load_error(store.folder.path()).find("is a folder") != std::string::npos);
}
