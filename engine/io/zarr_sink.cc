// Zarr stores written: chunk by chunk into a folder under another name, renamed when it is whole.
//
// See staged_folder.h for what is there when. The metadata lie in the unfinished folder from the
// beginning, so that shards and other readers of it know the array. What has the axes of an
// OME-Zarr image becomes one, with the array "0"; other arrays carry their names as far as they
// have any.
#include <filesystem>

#include "engine/io/chunked_sink.h"
#include "engine/io/containers.h"
#include "engine/io/file.h"
#include "engine/io/ome_zarr.h"
#include "engine/io/staged_folder.h"
#include "engine/io/zarr_store.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

constexpr int kBloscLevel = 5;  // as python-zarr writes by default: LZ4 costs little time

bool is_there(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// 0: no node of a Zarr store.
int version_at(const std::string& folder) {
  if (is_there(folder + "/zarr.json")) return 3;
  return is_there(folder + "/.zgroup") || is_there(folder + "/.zarray") ? 2 : 0;
}

bool is_replaceable(const std::string& folder) {
  std::error_code problem;
  return version_at(folder) != 0 || (fs::is_directory(folder, problem) && fs::is_empty(folder));
}

std::string group_file(int version) { return version == 3 ? "/zarr.json" : "/.zgroup"; }

Json group_metadata(int version, const Json& attributes) {
  JsonObject group{{"zarr_format", version}};
  if (version == 3) {
    group["node_type"] = "group";
    group["attributes"] = attributes;
  }
  return group;
}

// Folders from the store's root down to the array's parent, the root first; none for the root.
std::vector<std::string> parents_of(const std::string& path) {
  const std::string root = zarr_root(path);
  std::vector<std::string> parents;
  for (fs::path p = fs::path(path).parent_path(); p.string().size() >= root.size();
       p = p.parent_path()) {
    parents.insert(parents.begin(), p.string());
  }
  return parents;
}

// The version of the store that holds the array, where that is there; 0: it is not.
int version_of_parents(const std::vector<std::string>& parents) {
  int version = 0;
  for (const std::string& parent : parents) {
    if (!is_there(parent)) break;
    const int here = version_at(parent);
    if (here == 0 || zarr_group_attributes(parent).is_null()) {
      throw Error(Code::output, "cannot write into " + parent + ": it is no Zarr group");
    }
    version = here;
  }
  return version;
}

// The plan with what only Zarr knows, as the input had it where that was a store.
ZarrHeader header_for(const ChunkPlan& plan, const Encoding& like, int version) {
  ZarrHeader header;
  static_cast<ChunkedHeader&>(header) = plan.header;
  header.version = version == 0 ? 2 : version;
  header.separator = '/';
  CodecChoice usual{"blosc", kBloscLevel};
  header.codecs = {usual};
  if (like.description && like.description->container == "zarr") {
    const Json former = parse_json(like.description->header);
    const bool is_3 = former["zarr_format"].as<Index>() && *former["zarr_format"].as<Index>() == 3;
    const ZarrHeader was = is_3 ? parse_zarr_3(former) : parse_zarr_2(former, {});
    if (version == 0) header.version = was.version;
    header.separator = was.separator;
    if (was.version == header.version) header.codecs = was.codecs;
  }
  for (CodecChoice& codec : header.codecs) codec.number_bytes = header.type.bytes;
  header.prefix = header.version == 3 ? std::string("c") + header.separator : "";
  return header;
}

class ZarrWriter : public ChunkedWriter {
 public:
  ZarrWriter(const std::string& path, const ChunkPlan& plan, const Encoding& like,
             const StoreOptions& options)
      : parents_(parents_of(fs::path(path).lexically_normal().string())),
        header_(header_for(plan, like, version_of_parents(parents_))),
        codecs_(header_.codecs),
        folder_(path, parents_.empty() ? path : parents_.front(), identified(options),
                is_replaceable),
        inside_(is_ome(header_.axes) ? "0/" : "") {
    write_metadata();
  }

  const ChunkedHeader& header() const noexcept override { return header_; }

  void write(const Shape& chunk, Bytes& numbers) override {
    codecs_.encode(numbers);
    folder_.write(inside_ + header_.chunk_name(chunk), {numbers.data(), numbers.size()});
  }

  void end_row() override { folder_.flush(); }

  bool has(const Shape& chunk) const override {
    return folder_.has(inside_ + header_.chunk_name(chunk));
  }

  bool alone() override { return folder_.alone(); }
  bool shared() const override { return folder_.shared(); }

  void commit(const Shape& shape) override {
    if (!(shape == header_.shape)) {
      header_.shape = shape;
      write_metadata();
    }
    make_parents();
    folder_.commit();
  }

 private:
  // Outputs of other shapes, chunks or codecs are not gone on with.
  StoreOptions identified(StoreOptions options) const {
    if (!options.identity.empty()) options.identity["array"] = zarr_metadata(header_).dump();
    return options;
  }

  void put(const std::string& name, const Json& json) { folder_.write(name, json.dump() + "\n"); }

  void write_metadata() {
    if (!inside_.empty()) {
      const std::string name = fs::path(folder_.target()).stem().string();
      const Json attributes = ome_attributes(header_.version, header_.axes, name);
      put(group_file(header_.version).substr(1), group_metadata(header_.version, attributes));
      if (header_.version == 2) put(".zattrs", attributes);
    }
    const bool is_3 = header_.version == 3;
    put(inside_ + (is_3 ? "zarr.json" : ".zarray"), zarr_metadata(header_));
    const Json names = is_3 ? Json() : zarr_axis_names(header_);
    if (!names.is_null()) put(inside_ + ".zattrs", JsonObject{{"_ARRAY_DIMENSIONS", names}});
    folder_.flush();
  }

  void make_parents() {
    for (const std::string& parent : parents_) {
      if (is_there(parent)) continue;
      std::error_code problem;
      fs::create_directory(parent, problem);
      if (problem) folder_.fail(parent + ": " + problem.message());
      StagedFile file(parent + group_file(header_.version));
      const std::string text = group_metadata(header_.version, JsonObject()).dump() + "\n";
      file.write(text.data(), text.size());
      file.commit();
    }
  }

  std::vector<std::string> parents_;
  ZarrHeader header_;
  CodecChain codecs_;
  StagedFolder folder_;
  std::string inside_;  // where the array lies in the folder
};

}  // namespace

std::unique_ptr<Sink> create_zarr(const std::string& path, const Format& format,
                                  const Encoding& like, const StoreOptions& options) {
  const ChunkPlan plan = plan_chunks(format, like);
  return make_chunked_sink(std::make_unique<ZarrWriter>(path, plan, like, options), plan, format);
}

}  // namespace faltung
