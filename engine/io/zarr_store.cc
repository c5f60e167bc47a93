// A Zarr array in folders and files: found by path, its chunks read as files that lie within it.
#include "engine/io/zarr_store.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <new>
#include <optional>

#include "engine/io/containers.h"
#include "engine/io/ome_zarr.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNames = 20;  // of a group's arrays in a message
constexpr int kMostEntries = 1000;      // of a group, looked at for that

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// Runs `body`, and puts the path before what it complains of.
template <class Body>
auto naming(const std::string& path, Body&& body) {
  try {
    return body();
  } catch (const Error& error) {
    throw Error(error.code(), path + ": " + error.what());
  } catch (const std::bad_alloc&) {
    throw Error(Code::input, path + ": takes more memory than there is");
  }
}

Json read_json(const std::string& path) {
  const InputFile file(path);
  if (file.size() > kMostJsonBytes) {
    file.fail(std::to_string(file.size()) + " bytes of JSON; at most " +
              std::to_string(kMostJsonBytes) + " are read");
  }
  const std::string text = file.bytes_at(0, file.size());
  return naming(path, [&] { return parse_json(text); });
}

Json read_json_if_there(const std::string& path) {
  return is_there(path) ? read_json(path) : Json();
}

// The folder's own array; nothing where it is a group or neither.
std::optional<ZarrHeader> array_header(const std::string& folder) {
  if (is_there(folder + "/.zarray")) {
    const Json array = read_json(folder + "/.zarray");
    const Json attributes = read_json_if_there(folder + "/.zattrs");
    return naming(folder + "/.zarray", [&] { return parse_zarr_2(array, attributes); });
  }
  if (!is_there(folder + "/zarr.json")) return std::nullopt;
  const Json node = read_json(folder + "/zarr.json");
  const std::string* type = node["node_type"].as<std::string>();
  if (type && *type == "group") return std::nullopt;
  return naming(folder + "/zarr.json", [&] { return parse_zarr_3(node); });
}

bool is_beneath(const std::string& path, const std::string& folder) {
  return path.size() > folder.size() && path.compare(0, folder.size(), folder) == 0 &&
         (folder.back() == '/' || path[folder.size()] == '/');
}

class ZarrArray : public ChunkedArray {
 public:
  ZarrArray(const std::string& path, const std::string& folder, ZarrHeader header)
      : path_(path),
        header_(std::move(header)),
        codecs_(naming(folder, [&] { return CodecChain(header_.codecs); })),
        indexes_(header_.shards) {
    header_.container = "zarr";
    header_.header = zarr_metadata(header_).dump();
    folder_ = fs::canonical(folder).string();
    require_sane_chunks(path, header_);
  }

  const std::string& path() const noexcept override { return path_; }
  const ChunkedHeader& header() const noexcept override { return header_; }

  bool read(const Shape& chunk, Bytes& out) override {
    const std::string name = folder_ + "/" + header_.chunk_name(indexes_.file_of(chunk));
    if (name != name_ && !open(name)) return false;
    return naming(name, [&] { return decode(chunk, out); });
  }

  Index memory_bytes() const override { return indexes_.memory_bytes(); }

 private:
  bool open(const std::string& name) {
    std::error_code problem;
    const std::string real = fs::canonical(name, problem).string();
    if (problem == std::errc::no_such_file_or_directory) return false;
    if (problem) throw Error(Code::input, name + ": cannot be opened: " + problem.message());
    if (!is_beneath(real, folder_)) {
      throw Error(Code::input, name + ": is a link that leaves the store, to " + real);
    }
    name_.clear();
    file_.emplace(real);
    name_ = name;
    return true;
  }

  bool decode(const Shape& chunk, Bytes& out) {
    const auto found = indexes_.find(*file_, chunk);
    if (!found) return false;
    const std::size_t wanted = header_.chunk_bytes();
    const std::size_t most = codecs_.bound(wanted);
    if (static_cast<std::size_t>(found->count) > most) {
      throw Error(Code::input, std::to_string(found->count) + " bytes for a chunk of " +
                                   std::to_string(wanted) + "; at most " + std::to_string(most) +
                                   " belong here");
    }
    out.resize(static_cast<std::size_t>(found->count));
    const Index got = file_->read_at(out.data(), found->count, found->offset);
    out.resize(static_cast<std::size_t>(got));
    codecs_.decode(out, wanted);
    return true;
  }

  std::string path_;
  std::string folder_;  // links resolved
  ZarrHeader header_;
  CodecChain codecs_;
  ShardIndexes indexes_;
  std::optional<InputFile> file_;  // the one read last
  std::string name_;               // of that
};

// Names, spacing and origin from an OME-Zarr group, for an array of as many axes.
void take_axes(const OmeLevel& level, const std::string& folder, ZarrHeader& header) {
  if (level.axes.empty()) return;
  if (level.axes.size() != header.axes.size()) {
    throw Error(Code::input, folder + ": multiscales name " + std::to_string(level.axes.size()) +
                                 " axes; the array has shape " + header.shape.text());
  }
  for (std::size_t i = 0; i < level.axes.size(); ++i) {
    const FileAxis own = header.axes[i].axis;
    header.axes[i] = level.axes[i];
    header.axes[i].axis.extent = own.extent;
    header.axes[i].axis.chunk = own.chunk;
    header.axes[i].axis.chunks_per_file = own.chunks_per_file;
  }
}

// What the group above says of this array, where that is an OME-Zarr image.
void take_axes_of_parent(const std::string& folder, ZarrHeader& header) {
  const fs::path whole = fs::canonical(folder);
  const std::string parent = whole.parent_path().string();
  const Json attributes = zarr_group_attributes(parent);
  if (attributes.is_null()) return;
  const auto level =
      naming(parent, [&] { return ome_level(attributes, whole.filename().string()); });
  if (level) take_axes(*level, parent, header);
}

[[noreturn]] void refuse_group(const std::string& folder) {
  std::vector<std::string> names;
  int looked_at = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (++looked_at > kMostEntries) break;
    const fs::path& child = entry.path();
    if (is_there(child / ".zarray") || is_there(child / "zarr.json") ||
        is_there(child / ".zgroup")) {
      names.push_back(child.filename().string());
    }
  }
  std::sort(names.begin(), names.end());
  if (names.size() > kMostNames) names.resize(kMostNames);
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  throw Error(Code::input, folder + (list.empty() ? ": is no Zarr array"
                                                  : ": is a Zarr group; name one of " + list));
}

bool ends_in_zarr(std::string_view part) {
  constexpr std::string_view kEnding = ".zarr";
  return part.size() > kEnding.size() &&
         std::equal(
             kEnding.begin(), kEnding.end(), part.end() - kEnding.size(),
             [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
}

}  // namespace

bool is_zarr_path(const std::string& path) {
  return ends_in_zarr(path.substr(0, path.find_last_not_of('/') + 1)) ||
         zarr_root(path).size() < path.size() || is_there(path + "/.zarray") ||
         is_there(path + "/.zgroup") || is_there(path + "/zarr.json");
}

std::string zarr_root(const std::string& path) {
  for (std::size_t begin = 0; begin < path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    if (ends_in_zarr(std::string_view(path).substr(begin, end - begin))) return path.substr(0, end);
    begin = end + 1;
  }
  return path;
}

Json zarr_group_attributes(const std::string& folder) {
  if (is_there(folder + "/.zgroup")) {
    const Json attributes = read_json_if_there(folder + "/.zattrs");
    return attributes.is_null() ? Json(JsonObject()) : attributes;
  }
  if (!is_there(folder + "/zarr.json")) return {};
  const Json node = read_json(folder + "/zarr.json");
  const std::string* type = node["node_type"].as<std::string>();
  return type && *type == "group" ? Json(node["attributes"]) : Json();
}

std::unique_ptr<ChunkedArray> open_zarr_array(const std::string& path) {
  if (!is_there(path))
    throw Error(Code::input, path + ": cannot be opened: there is no such folder");
  if (auto header = array_header(path)) {
    take_axes_of_parent(path, *header);
    return std::make_unique<ZarrArray>(path, path, std::move(*header));
  }
  const Json attributes = zarr_group_attributes(path);
  const auto level = naming(path, [&] { return ome_level(attributes); });
  if (!level) refuse_group(path);
  const std::string folder = path + "/" + level->path;
  std::error_code problem;
  if (!is_beneath(fs::canonical(folder, problem).string(), fs::canonical(path).string())) {
    throw Error(Code::input, path + ": multiscales name the array '" + level->path +
                                 "', which is not within the store");
  }
  auto header = array_header(folder);
  if (!header) refuse_group(folder);
  take_axes(*level, path, *header);
  return std::make_unique<ZarrArray>(path, folder, std::move(*header));
}

std::unique_ptr<Source> open_zarr(const std::string& path, const SourceOptions& options) {
  return make_chunked_source(open_zarr_array(path), options);
}

}  // namespace faltung
