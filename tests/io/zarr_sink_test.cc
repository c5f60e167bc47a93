// Zarr stores written: whole or not at all, gone on with, shared. tests/apps/zarr_test.py lets
// other programs read them.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;
using Sample = Encoding::Sample;
namespace fs = std::filesystem;

namespace {

constexpr Index kItems = 2, kChannels = 2, kExtent = 10, kCols = 6;

Format film_format() {
  Format format;
  format.channels = kChannels;
  format.extent = kExtent;
  format.inner = {kCols};
  return format;
}

FileAxis axis(const char* name, Index extent, Index chunk, double spacing = 1, double origin = 0) {
  FileAxis result;
  result.name = name;
  result.extent = extent;
  result.chunk = chunk;
  result.spacing = spacing;
  result.origin = origin;
  return result;
}

// Rows of four positions, three chunks across for each of two channels.
Encoding film_encoding() {
  Encoding like;
  like.sample = Sample::u8;
  like.full_scale = 255;
  like.items = kItems;
  Description description;
  description.items = {axis("t", kItems, 1, 3)};
  description.channels = {axis("c", kChannels, 1)};
  description.space = {axis("y", kExtent, 4, 0.5, 7), axis("x", kCols, 2, 0.25)};
  like.description = std::make_shared<const Description>(description);
  return like;
}

float value(Index item, Index channel, Index position, Index col) {
  return static_cast<float>(100 * item + 60 * channel + 6 * position + col);
}

void write(Sink& sink, Index item, Index first, Index count) {
  std::vector<float> samples;
  for (Index c = 0; c < kChannels; ++c) {
    for (Index n = first; n < first + count; ++n) {
      for (Index x = 0; x < kCols; ++x) samples.push_back(value(item, c, n, x));
    }
  }
  sink.write(SlabOf<float>{samples.data(), kChannels, count, kCols, count * kCols});
}

std::unique_ptr<Sink> open_film(const std::string& path, const StoreOptions& options = {}) {
  return create_sink(path, film_format(), film_encoding(), options);
}

StoreOptions identified(const std::string& pipeline, std::vector<std::string>* notes = nullptr) {
  StoreOptions options;
  options.identity["pipeline"] = pipeline;
  if (notes) options.note = [=](const std::string& text) { notes->push_back(text); };
  return options;
}

void check_film(const std::string& path) {
  const auto source = open_source(path, {});
  REQUIRE(source->encoding().items == kItems);
  REQUIRE(source->format().channels == kChannels);
  for (Index item = 0; item < kItems; ++item) {
    std::vector<float> samples(kChannels * kExtent * kCols);
    const SlabOf<float> slab{samples.data(), kChannels, kExtent, kCols, kExtent * kCols};
    REQUIRE(source->read(slab) == kExtent);
    REQUIRE(source->read(slab) == 0);
    auto next = samples.begin();
    for (Index c = 0; c < kChannels; ++c) {
      for (Index n = 0; n < kExtent; ++n) {
        for (Index x = 0; x < kCols; ++x) CHECK(*next++ == value(item, c, n, x));
      }
    }
  }
}

// All files of a tree with their bytes.
std::vector<std::pair<std::string, std::string>> tree(const std::string& folder) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files.emplace_back(fs::relative(entry.path(), folder), read_bytes(entry.path()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

template <class Body>
Code code_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  return Code{};
}

}  // namespace

TEST_CASE("io: a Zarr store returns every sample type and shape exactly") {
  const Folder folder;
  int number = 0;
  for (Sample sample :
       {Sample::u8, Sample::u16, Sample::s8, Sample::s16, Sample::s32, Sample::f32, Sample::f64}) {
    for (const Shape& inner : {Shape{}, Shape{9}, Shape{5, 7}}) {
      for (Index channels : {1, 3}) {
        CAPTURE(static_cast<int>(sample));
        CAPTURE(inner.text());
        Signal signal;
        signal.format.channels = channels;
        signal.format.inner = inner;
        signal.format.extent = 11;
        const bool wide = sample == Sample::s32 || sample == Sample::f64;
        signal.format.type = wide ? SampleType::float64 : SampleType::float32;
        fill(signal, [](Index c, Index n) { return static_cast<double>((c * 37 + n) % 100); });
        Encoding like;
        like.sample = sample;
        like.full_scale = 255;
        like.channel_axis = channels == 1 ? -1 : number % 2 ? 0 : 1;
        const std::string path = folder / (std::to_string(++number) + ".zarr");
        save(signal, path, like, 3);
        SourceOptions options;
        if (channels > 1) options.channel_axis = like.channel_axis == 0 ? "first" : "last";
        const Signal back = load(path, 4, options);
        CHECK(back.samples == signal.samples);
        CHECK(back.encoding.sample == sample);
        CHECK(back.format.inner == inner);
      }
    }
  }
}

TEST_CASE("io: what has named axes becomes an OME-Zarr image, whatever the slabs") {
  const Folder folder;
  std::vector<std::pair<std::string, std::string>> first;
  for (Index slab : {10, 3, 1}) {
    const std::string path = folder / "film.zarr";
    auto sink = open_film(path);
    CHECK(sink->row_extent() == 4);
    for (Index item = 0; item < kItems; ++item) {
      for (Index n = 0; n < kExtent; n += slab) write(*sink, item, n, std::min(slab, kExtent - n));
    }
    CHECK(fs::exists(path) == !first.empty());
    sink->commit();
    check_film(path);
    const auto files = tree(path);
    if (first.empty()) first = files;
    CHECK(files == first);
    const auto source = open_source(path, {});
    const Description& said = *source->encoding().description;
    CHECK(said.space[0].spacing == 0.5);
    CHECK(said.space[0].origin == 7);
    CHECK(said.items[0].spacing == 3);
    CHECK(said.space[1].chunk == 2);
    CHECK(folder.names() == std::vector<std::string>{"film.zarr"});
  }
}

TEST_CASE("io: an unknown or shorter extent is stated when the store is complete") {
  const Folder folder;
  for (std::optional<Index> stated : {std::optional<Index>(), std::optional<Index>(100)}) {
    Format format;
    format.extent = stated;
    const auto sink = create_sink(folder / "a.zarr", format, {});
    std::vector<float> samples{1, 2, 3, 4, 5};
    sink->write(SlabOf<float>{samples.data(), 1, 5, 1, 5});
    sink->commit();
    CHECK(load(folder / "a.zarr", 2).samples == std::vector<double>{1, 2, 3, 4, 5});
  }
}

TEST_CASE("io: without commit nothing stays of a store, and a former one is untouched") {
  const Folder folder;
  const std::string path = folder / "a.zarr";
  {
    const auto sink = open_film(path);
    write(*sink, 0, 0, 8);
    CHECK_FALSE(fs::exists(path));
  }
  CHECK(folder.names().empty());
  {
    const auto sink = open_film(path);
    for (Index item = 0; item < kItems; ++item) write(*sink, item, 0, kExtent);
    sink->commit();
  }
  const auto before = tree(path);
  {
    const auto sink = open_film(path);
    write(*sink, 0, 0, 8);
  }
  CHECK(tree(path) == before);
  CHECK(folder.names() == std::vector<std::string>{"a.zarr"});
  const auto sink = open_film(path);
  write(*sink, 0, 0, 8);
  CHECK(code_of([&] { sink->commit(); }) == Code::output);  // of the second item nothing came
  CHECK(tree(path) == before);
}

TEST_CASE("io: a folder or file of another kind is never replaced by a store") {
  const Folder folder;
  fs::create_directory(folder / "photos.zarr");
  write_bytes(folder / "photos.zarr/holiday.jpg", "dear");
  CHECK(code_of([&] { open_film(folder / "photos.zarr"); }) == Code::output);
  write_bytes(folder / "b.zarr", "a file");
  CHECK(code_of([&] { open_film(folder / "b.zarr"); }) == Code::output);
  fs::create_directory(folder / ".c.zarr.part");
  write_bytes(folder / ".c.zarr.part/thesis.txt", "dear");
  CHECK(code_of([&] { open_film(folder / "c.zarr"); }) == Code::output);
  CHECK(read_bytes(folder / ".c.zarr.part/thesis.txt") == "dear");
  CHECK(read_bytes(folder / "photos.zarr/holiday.jpg") == "dear");
}

TEST_CASE("io: a job that is killed is gone on with after its last complete row") {
  const Folder folder;
  const std::string path = folder / "film.zarr";
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto sink = open_film(path, identified("a"));
    write(*sink, 0, 0, kExtent);
    write(*sink, 1, 0, 5);
    ::raise(SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  CHECK_FALSE(fs::exists(path));
  write_bytes(folder / ".film.zarr.part/0/0/0/.part-2-abcdef", "torn");

  std::vector<std::string> notes;
  const auto sink = open_film(path, identified("a", &notes));
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("goes on where an earlier job stopped") != std::string::npos);
  CHECK(sink->done() == std::vector<Stretch>{{0, 0, kExtent}, {1, 0, 4}});
  sink->seek(1, 4);
  write(*sink, 1, 4, 6);
  sink->commit();
  check_film(path);
  CHECK(folder.names() == std::vector<std::string>{"film.zarr"});

  const auto whole = open_film(folder / "other.zarr");
  for (Index item = 0; item < kItems; ++item) write(*whole, item, 0, kExtent);
  whole->commit();
  // The group's attributes hold the store's name; all else is the same bytes.
  auto a = tree(path), b = tree(folder / "other.zarr");
  const auto named = [](const auto& file) { return file.first == ".zattrs"; };
  std::erase_if(a, named), std::erase_if(b, named);
  CHECK(a == b);
}

TEST_CASE("io: another pipeline, other chunks or a broken journal begin a store anew") {
  const Folder folder;
  const std::string path = folder / "film.zarr";
  const auto leave_a_row = [&] {
    const auto sink = open_film(path, identified("a"));
    write(*sink, 0, 0, 4);
  };
  std::vector<std::string> notes;
  leave_a_row();
  CHECK(open_film(path, identified("b", &notes))->done().empty());
  CHECK(notes.back().find("begins anew, for pipeline changed") != std::string::npos);

  leave_a_row();
  Encoding other = film_encoding();
  other.sample = Sample::u16;
  CHECK(create_sink(path, film_format(), other, identified("a", &notes))->done().empty());
  CHECK(notes.back().find("array changed") != std::string::npos);

  leave_a_row();
  write_bytes(folder / ".film.zarr.part/.faltung-journal.json", "{");
  CHECK(open_film(path, identified("a", &notes))->done().empty());
  CHECK(notes.back().find("not readable") != std::string::npos);

  leave_a_row();
  CHECK(open_film(path, identified("a"))->done() == std::vector<Stretch>{{0, 0, 4}});
}

TEST_CASE("io: a second job on a store is refused while the first lives") {
  const Folder folder;
  const std::string path = folder / "film.zarr";
  {
    const auto first = open_film(path, identified("a"));
    CHECK(code_of([&] { open_film(path); }) == Code::busy);
    CHECK(code_of([&] { open_film(path, identified("a")); }) == Code::busy);
    write(*first, 0, 0, 4);
  }
  CHECK(open_film(path, identified("a"))->done().size() == 1);
}

TEST_CASE("io: shards write one store together, and the last one completes it") {
  const Folder folder;
  const std::string path = folder / "film.zarr";
  const auto shard = [&](Index number) {
    StoreOptions options = identified("a");
    options.shards = 3;
    options.shard = number;
    return open_film(path, options);
  };
  auto a = shard(0), b = shard(1);
  CHECK(code_of([&] { shard(1); }) == Code::busy);
  write(*a, 0, 0, 8);
  b->seek(0, 8);
  write(*b, 0, 8, 2);
  write(*b, 1, 0, 4);
  b->commit();
  CHECK_FALSE(fs::exists(path));
  b.reset();
  a->commit();  // alone for the moment, but rows are missing
  CHECK_FALSE(fs::exists(path));
  a.reset();
  auto c = shard(2);
  CHECK(c->done() == std::vector<Stretch>{{0, 0, kExtent}, {1, 0, 4}});
  c->seek(1, 4);
  write(*c, 1, 4, 6);
  c->commit();
  check_film(path);
  CHECK(folder.names() == std::vector<std::string>{"film.zarr"});

  StoreOptions anonymous;
  anonymous.shards = 2;
  CHECK(code_of([&] { open_film(path, anonymous); }) == Code::failure);
}

TEST_CASE("io: a sink of rows begins at the beginning of one and writes no more than announced") {
  const Folder folder;
  const auto sink = open_film(folder / "film.zarr");
  CHECK_THROWS_AS(sink->seek(0, 3), Error);
  CHECK_THROWS_AS(sink->seek(2, 0), Error);
  CHECK_THROWS_AS(sink->seek(0, -4), Error);
  write(*sink, 0, 0, 3);
  CHECK_THROWS_AS(sink->seek(0, 4), Error);
  write(*sink, 0, 3, 7);
  write(*sink, 1, 0, kExtent);
  CHECK(code_of([&] { write(*sink, 1, 0, 1); }) == Code::output);
}
