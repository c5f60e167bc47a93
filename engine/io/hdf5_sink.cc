// HDF5 files written: whole or not at all, gone on with, shared; hdf5_chunks.h says how.
//
// A file holds one dataset, and one that holds others is not replaced.
#include <algorithm>
#include <filesystem>

#include "engine/io/containers.h"
#include "engine/io/hdf5_chunks.h"
#include "engine/io/json.h"

namespace faltung {
namespace {

constexpr const char* kUsualName = "/data";  // of a dataset whose file is named alone

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

// With the dataset's name, once it is known that it can be written.
Hdf5Place checked(const std::string& path, const Hdf5Header& header) {
  Hdf5Place place = hdf5_place_of(path);
  if (place.dataset.find_first_not_of('/') == std::string::npos) place.dataset = kUsualName;
  if (!holds_only(place.file, place.dataset)) {
    throw Error(Code::output, "cannot write " + place.file +
                                  ": it is there and holds other things than " + place.dataset +
                                  ", or is damaged");
  }
  Hdf5Writer::require_possible(place, header);
  return place;
}

// Outputs of other shapes, chunks or filters, or written in the other way, are not gone on with.
StoreOptions identified(StoreOptions options, const Hdf5Place& place, const Hdf5Header& header,
                        bool in_place) {
  if (options.identity.empty()) return options;
  std::string text = place.dataset + ' ' + header.type.text() + ' ' + header.shape.text() + " in " +
                     header.chunks.text() + (in_place ? " in place" : "");
  for (const CodecChoice& codec : header.codecs) {
    text += ' ' + codec.name + ' ' + std::to_string(codec.level);
  }
  options.identity["array"] = text;
  options.identity[kHdf5Count] = std::to_string(header.chunk_counts().product());
  return options;
}

}  // namespace

bool is_hdf5_replaceable(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

std::unique_ptr<Sink> create_hdf5(const std::string& path, const Format& format,
                                  const Encoding& like, const StoreOptions& options) {
  const ChunkPlan plan = plan_chunks(format, like);
  const Hdf5Header header = header_for(plan, format, like);
  const Hdf5Place place = checked(path, header);
  const bool in_place = header.codecs.empty() && format.extent && options.shards == 1;
  const StoreOptions ours = identified(options, place, header, in_place);
  return make_chunked_sink(in_place ? write_hdf5_in_place(place, header, ours)
                                    : write_hdf5_in_pieces(place, header, ours),
                           plan, format);
}

Index held_by_hdf5(const std::string&, const Format& format, const Encoding& like) {
  const ChunkPlan plan = plan_chunks(format, like);
  return held_by_row(plan.header, plan.roles) + static_cast<Index>(plan.header.chunk_bytes());
}

}  // namespace faltung
