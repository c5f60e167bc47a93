// HDF5 datasets as the table of containers sees them: "file.h5:/path/to/dataset", or "file.h5".
#include <filesystem>
#include <new>
#include <optional>

#include "engine/io/containers.h"
#include "engine/io/file.h"
#include "engine/io/hdf5_bytes.h"
#include "engine/io/hdf5_file.h"
#include "engine/io/json.h"

namespace faltung {
namespace {

bool ends_as_hdf5(std::string_view file) {
  for (const char* ending : {".h5", ".hdf5", ".hdf"}) {
    if (file.ends_with(ending)) return true;
  }
  return false;
}

class Hdf5Array : public ChunkedArray {
 public:
  explicit Hdf5Array(const std::string& path)
      : path_(path), reader_(hdf5_place_of(path).file, hdf5_place_of(path).dataset) {
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

}  // namespace

// At the first colon behind a name of HDF5's, or behind a file that exists.
Hdf5Place hdf5_place_of(const std::string& path) {
  for (auto colon = path.find(':'); colon != path.npos; colon = path.find(':', colon + 1)) {
    const std::string file = path.substr(0, colon);
    std::error_code ignored;
    if (ends_as_hdf5(file) || std::filesystem::is_regular_file(file, ignored)) {
      return {file, path.substr(colon + 1)};
    }
  }
  return {path, ""};
}

bool is_hdf5_path(const std::string& path) {
  const Hdf5Place place = hdf5_place_of(path);
  if (ends_as_hdf5(place.file)) return true;
  std::error_code ignored;
  const bool named = !place.dataset.empty() && std::filesystem::file_size(place.file, ignored) >= 8;
  return named && InputFile(place.file).bytes_at(0, 8) == kHdf5Mark;
}

std::string hdf5_file_of(const std::string& path) { return hdf5_place_of(path).file; }

std::unique_ptr<Source> open_hdf5(const std::string& path, const SourceOptions& options) {
  return make_chunked_source(std::make_unique<Hdf5Array>(path), options);
}

}  // namespace faltung
