// Zarr stores written: chunk by chunk into a folder under another name, renamed when it is whole.
//
// See staged_folder.h for what is there when. The metadata lie in the unfinished folder from the
// beginning, so that shards and other readers of it know the array. What has the axes of an
// OME-Zarr image becomes one, with the array "0"; other arrays carry their names as far as they
// have any.
#include <algorithm>
#include <filesystem>
#include <optional>

#include "engine/io/chunked_sink.h"
#include "engine/io/containers.h"
#include "engine/io/file.h"
#include "engine/io/ome_zarr.h"
#include "engine/io/staged_folder.h"
#include "engine/io/zarr_plan.h"
#include "engine/io/zarr_shard_encoder.h"
#include "engine/io/zarr_store.h"

namespace faltung {
namespace {

namespace fs = std::filesystem;

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

// What the writer is handed for a file: as if shards were its chunks.
ChunkedHeader in_files(const ZarrHeader& header) {
  ChunkedHeader files = header;
  files.chunks = header.file_extents();
  return files;
}

class ZarrWriter : public ChunkedWriter {
 public:
  ZarrWriter(const std::string& path, const ZarrPlan& plan, const StoreOptions& options)
      : parents_(parents_of(fs::path(path).lexically_normal().string())),
        header_(plan.header),
        files_(in_files(header_)),
        codecs_(header_.codecs),
        folder_(path, parents_.empty() ? path : parents_.front(), identified(options),
                is_replaceable),
        inside_(is_ome(header_.axes) ? "0/" : "") {
    if (!header_.shards.empty()) encoder_.emplace(header_);
    write_metadata();
  }

  const ChunkedHeader& header() const noexcept override { return files_; }

  void write(const Shape& file, Bytes& numbers) override {
    if (!encoder_) codecs_.encode(numbers);
    const Bytes& bytes = encoder_ ? encoder_->encode(numbers, chunks_inside(file)) : numbers;
    folder_.write(inside_ + header_.chunk_name(file), {bytes.data(), bytes.size()});
  }

  void end_row() override { folder_.flush(); }

  bool has(const Shape& file) const override {
    return folder_.has(inside_ + header_.chunk_name(file));
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
  // How many chunks of a shard begin within the array, along each axis.
  Shape chunks_inside(const Shape& file) const {
    Shape inside = header_.shards.front().counts;
    for (int axis = 0; axis < inside.rank(); ++axis) {
      if (header_.shape[axis] == 0) continue;  // not known yet
      const Index left = header_.shape[axis] - file[axis] * files_.chunks[axis];
      inside[axis] = std::min(inside[axis], (left - 1) / header_.chunks[axis] + 1);
    }
    return inside;
  }

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
  ChunkedHeader files_;
  std::optional<ShardEncoder> encoder_;
  CodecChain codecs_;
  StagedFolder folder_;
  std::string inside_;  // where the array lies in the folder
};

void note_files(const std::string& path, const ZarrPlan& plan, const StoreOptions& options) {
  const std::string chunks = std::to_string(plan.header.chunk_counts().product()) + " chunks";
  const std::string files = std::to_string(plan.files) + " files";
  if (!options.note || plan.files == 0) return;
  if (plan.by_itself) {
    options.note(path + ": " + chunks + " in " + files +
                 ", shards of Zarr's version 3 (--chunks-per-file 1: a file each)");
  } else if (plan.files > kManyFiles) {
    options.note(path + ": " + files +
                 "; --chunks-per-file 8x8, say, has several chunks in each (Zarr's version 3)");
  }
}

// With what only Zarr knows.
ZarrPlan plan_for(const std::string& path, const ChunkPlan& plan, const Encoding& like) {
  return plan_zarr(plan, like,
                   version_of_parents(parents_of(fs::path(path).lexically_normal().string())));
}

}  // namespace

std::unique_ptr<Sink> create_zarr(const std::string& path, const Format& format,
                                  const Encoding& like, const StoreOptions& options) {
  const ChunkPlan plan = plan_chunks(format, like);
  const ZarrPlan zarr = plan_for(path, plan, like);
  note_files(path, zarr, options);
  return make_chunked_sink(std::make_unique<ZarrWriter>(path, zarr, options), plan, format);
}

Index held_by_zarr(const std::string& path, const Format& format, const Encoding& like) {
  const ChunkPlan plan = plan_chunks(format, like);
  const ZarrHeader header = plan_for(path, plan, like).header;
  const ChunkedHeader files = in_files(header);
  const bool sharded = !header.shards.empty();
  return held_by_row(files, plan.roles) +
         (sharded ? ShardEncoder::memory_bytes(header) : static_cast<Index>(files.chunk_bytes()));
}

}  // namespace faltung
