// HDF5 datasets as the table of containers sees them: "file.h5:/path/to/dataset", or "file.h5".
//
// A file is written under a temporary name and renamed when it is complete; it holds one dataset,
// and a file that holds others is not replaced.
#include <algorithm>
#include <filesystem>
#include <new>
#include <optional>

#include "engine/io/chunked_sink.h"
#include "engine/io/containers.h"
#include "engine/io/file.h"
#include "engine/io/hdf5_file.h"
#include "engine/io/json.h"

namespace faltung {
namespace {

constexpr const char* kUsualName = "/data";  // of a dataset whose file is named alone

struct Place {
  std::string file, dataset;  // empty: none is named
};

bool ends_as_hdf5(std::string_view file) {
  for (const char* ending : {".h5", ".hdf5", ".hdf"}) {
    if (file.ends_with(ending)) return true;
  }
  return false;
}

// At the first colon behind a name of HDF5's, or behind a file that exists.
Place place_of(const std::string& path) {
  for (auto colon = path.find(':'); colon != path.npos; colon = path.find(':', colon + 1)) {
    const std::string file = path.substr(0, colon);
    std::error_code ignored;
    if (ends_as_hdf5(file) || std::filesystem::is_regular_file(file, ignored)) {
      return {file, path.substr(colon + 1)};
    }
  }
  return {path, ""};
}

class Hdf5Array : public ChunkedArray {
 public:
  explicit Hdf5Array(const std::string& path)
      : path_(path), reader_(place_of(path).file, place_of(path).dataset) {
    header_ = reader_.header();
    header_.container = "hdf5";
    header_.header = codecs_text();
    require_sane_chunks(path, header_);
  }

  const std::string& path() const noexcept override { return path_; }
  const ChunkedHeader& header() const noexcept override { return header_; }

  bool read(const Shape& chunk, Bytes& out) override {
    const std::size_t wanted = header_.chunk_bytes();
    unsigned skipped = 0;
    try {
      if (!reader_.read(chunk, CodecChain({{"zlib"}}).bound(wanted), out, skipped)) return false;
      decode(chunk, skipped, out);
      return true;
    } catch (const std::bad_alloc&) {
      throw Error(Code::input, path_ + ": a chunk of " + std::to_string(wanted) +
                                   " bytes takes more memory than there is");
    }
  }

 private:
  void decode(const Shape& chunk, unsigned skipped, Bytes& out) {
    try {
      chain(skipped).decode(out, header_.chunk_bytes());
    } catch (const Error& error) {
      throw Error(error.code(), path_ + ": chunk " + chunk.text() + ": " + error.what());
    }
  }

  // Filters may be left out chunk by chunk.
  CodecChain& chain(unsigned skipped) {
    if (chain_ && skipped == skipped_) return *chain_;
    std::vector<CodecChoice> codecs;
    for (std::size_t i = 0; i < header_.codecs.size(); ++i) {
      if ((skipped >> i & 1) == 0) codecs.push_back(header_.codecs[i]);
    }
    skipped_ = skipped;
    return chain_.emplace(codecs);
  }

  std::string codecs_text() const {
    JsonList list;
    for (const CodecChoice& codec : header_.codecs) {
      list.push_back(JsonObject{{"name", codec.name}, {"level", codec.level}});
    }
    return Json(JsonObject{{"filters", list}}).dump();
  }

  std::string path_;
  Hdf5Reader reader_;
  Hdf5Header header_;
  unsigned skipped_ = 0;
  std::optional<CodecChain> chain_;
};

// Chunks fit into what does not grow, and are compressed as the input's were.
Hdf5Header header_for(const ChunkPlan& plan, const Format& format, const Encoding& like) {
  Hdf5Header header;
  static_cast<ChunkedHeader&>(header) = plan.header;
  for (int axis = 0; axis < header.shape.rank(); ++axis) {
    if (axis == plan.roles.space[0] && !format.extent) continue;
    header.chunks[axis] = std::min(header.chunks[axis], header.shape[axis]);
  }
  if (!like.description || like.description->container != "hdf5") return header;
  for (const Json& filter : parse_json(like.description->header).list("filters")) {
    CodecChoice codec;
    codec.name = filter.text("name");
    codec.level = static_cast<int>(filter["level"].as<Index>() ? *filter["level"].as<Index>() : 1);
    codec.number_bytes = header.type.bytes;
    header.codecs.push_back(codec);
  }
  return header;
}

class Hdf5Chunks : public ChunkedWriter {
 public:
  Hdf5Chunks(const std::string& path, const Hdf5Header& header, int growing)
      : header_(header),
        codecs_(header.codecs),
        place_(place_of(path)),
        file_(place_.file) {
    if (place_.dataset.find_first_not_of('/') == std::string::npos) place_.dataset = kUsualName;
    if (!holds_only(place_.file, place_.dataset)) {
      file_.fail("it is there and holds other things than " + place_.dataset);
    }
    guarded([&] { writer_.emplace(file_.temporary(), place_.dataset, header, growing); });
  }

  const ChunkedHeader& header() const noexcept override { return header_; }

  void write(const Shape& chunk, Bytes& numbers) override {
    codecs_.encode(numbers);
    guarded([&] { writer_->write(chunk, numbers); });
  }

  void end_row() override {}
  bool takes_rows() const override { return false; }  // an unfinished file is of no use
  bool has(const Shape&) const override { return false; }

  void commit(const Shape& shape) override {
    guarded([&] {
      writer_->set_shape(shape);
      writer_->close();
    });
    file_.commit();
  }

 private:
  // Puts the file's name before what is wrong.
  template <class Body>
  void guarded(Body&& body) {
    try {
      body();
    } catch (const Error& error) {
      file_.fail(error.what());
    }
  }

  Hdf5Header header_;
  CodecChain codecs_;
  Place place_;
  StagedFile file_;
  std::optional<Hdf5Writer> writer_;
};

}  // namespace

bool is_hdf5_path(const std::string& path) {
  const Place place = place_of(path);
  if (ends_as_hdf5(place.file)) return true;
  std::error_code ignored;
  const bool named = !place.dataset.empty() && std::filesystem::file_size(place.file, ignored) >= 8;
  return named && InputFile(place.file).bytes_at(0, 8) == "\x89HDF\r\n\x1a\n";
}

std::string hdf5_file_of(const std::string& path) { return place_of(path).file; }

std::unique_ptr<Source> open_hdf5(const std::string& path, const SourceOptions& options) {
  return make_chunked_source(std::make_unique<Hdf5Array>(path), options);
}

std::unique_ptr<Sink> create_hdf5(const std::string& path, const Format& format,
                                  const Encoding& like, const StoreOptions&) {
  const ChunkPlan plan = plan_chunks(format, like);
  const int growing = format.extent ? -1 : plan.roles.space[0];
  return make_chunked_sink(
      std::make_unique<Hdf5Chunks>(path, header_for(plan, format, like), growing), plan, format);
}

}  // namespace faltung
