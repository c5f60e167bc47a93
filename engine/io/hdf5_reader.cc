// One dataset of an HDF5 file, read by its stored chunks.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#include "engine/io/file.h"
#include "engine/io/hdf5_file.h"
#include "engine/io/hdf5_input.h"
#include "engine/io/hdf5_library.h"
#include "engine/io/trial.h"
#include "engine/nd/view.h"

namespace faltung {
namespace {

constexpr hsize_t kMostNames = 20;     // of datasets in a message
constexpr int kMostObjects = 10000;    // of a file, looked at for that
constexpr int kMostGroups = 100;       // within each other: a group may hold itself
constexpr Index kSlabBytes = 1 << 20;  // of what is not in chunks, read at a time

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw Error(Code::input, path + ": " + reason);
}

Shape shape_of(const std::string& path, const std::array<hsize_t, H5S_MAX_RANK>& extents,
               int rank) {
  if (rank > kMaxRank) {
    fail(path, std::to_string(rank) + " axes; at most " + std::to_string(kMaxRank) + " are read");
  }
  Shape shape;
  for (int axis = 0; axis < rank; ++axis) {
    const hsize_t extent = extents[static_cast<std::size_t>(axis)];
    if (extent > INT64_MAX) fail(path, "an extent of " + std::to_string(extent));
    shape.push_back(static_cast<Index>(extent));
  }
  return shape;
}

// Whole rows of the last axes, as many as make kSlabBytes.
Shape slabs(const Shape& shape, Index number_bytes) {
  Shape chunks = Shape::filled(shape.rank(), 1);
  Index bytes = number_bytes;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    chunks[axis] = std::clamp<Index>(kSlabBytes / bytes, 1, std::max<Index>(1, shape[axis]));
    if (chunks[axis] < shape[axis]) break;
    bytes *= chunks[axis];
  }
  return chunks;
}

// What stands within a header the library copies as if all were there.
bool holds(hsize_t bytes, const ChunkedHeader& header) {
  hsize_t left = bytes / static_cast<hsize_t>(header.type.bytes);
  for (int axis = 0; axis < header.shape.rank(); ++axis) {
    if (header.shape[axis] == 0) return true;
    left /= static_cast<hsize_t>(header.shape[axis]);
  }
  return left > 0;
}

struct Found {
  std::vector<std::string> datasets;
  int objects = 0;
  bool cut = false;      // there is more than is looked at
  bool damaged = false;  // there may be more
};

herr_t note_dataset(hid_t, const char* name, const H5O_info_t* info, void* data) {
  auto& found = *static_cast<Found*>(data);
  found.cut = std::count(name, name + std::strlen(name), '/') > kMostGroups ||
              ++found.objects > kMostObjects;
  if (found.cut) return 1;
  if (info->type == H5O_TYPE_DATASET) found.datasets.push_back(std::string("/") + name);
  return 0;
}

// Sorted here: the library would sort a table of as many links as a group claims to have.
Found datasets_of(hid_t object) {
  Found found;
  found.damaged =
      H5Ovisit2(object, H5_INDEX_NAME, H5_ITER_NATIVE, note_dataset, &found, H5O_INFO_BASIC) < 0;
  std::sort(found.datasets.begin(), found.datasets.end());
  return found;
}

[[noreturn]] void refuse_choice(const std::string& path, const Found& found) {
  std::string list;
  for (std::size_t i = 0; i < std::min<std::size_t>(kMostNames, found.datasets.size()); ++i) {
    list += (i ? ", " : "") + path + ":" + found.datasets[i];
  }
  if (list.empty() && found.damaged) fail(path, "is a damaged HDF5 file");
  if (list.empty() && found.cut) {
    fail(path, "is not searched to the end for its datasets: name one, as " + path + ":/a");
  }
  if (list.empty()) fail(path, "holds no dataset");
  fail(path, "name one of its datasets: " + list);
}

// Called where a link leads to another file: never followed.
herr_t refuse_link(const char*, const char*, const char*, const char*, unsigned*, hid_t, void*) {
  return -1;
}

std::vector<CodecChoice> read_filters(const std::string& path, hid_t properties) {
  std::vector<CodecChoice> codecs;
  const int count = H5Pget_nfilters(properties);
  for (int i = 0; i < count; ++i) {
    std::array<unsigned, 8> values{};
    std::array<char, 64> name{};
    unsigned flags = 0, config = 0;
    std::size_t room = values.size();
    const H5Z_filter_t id = H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &room,
                                           values.data(), name.size(), name.data(), &config);
    CodecChoice choice;
    choice.name = id == H5Z_FILTER_DEFLATE      ? "zlib"
                  : id == H5Z_FILTER_SHUFFLE    ? "shuffle"
                  : id == H5Z_FILTER_FLETCHER32 ? "fletcher32"
                                                : "";
    if (choice.name.empty()) {
      name.back() = 0;
      fail(path, "filter " + std::to_string(id) + " (" + name.data() +
                     "); allowed are deflate, shuffle, fletcher32");
    }
    if (id == H5Z_FILTER_DEFLATE) choice.level = static_cast<int>(std::min(values[0], 9U));
    if (id == H5Z_FILTER_SHUFFLE) choice.number_bytes = static_cast<int>(std::min(values[0], 99U));
    codecs.push_back(choice);
  }
  return codecs;
}

}  // namespace

struct Hdf5Reader::Handles {
  Hdf5Handle file, dataset, type, space;
};

Hdf5Reader::Hdf5Reader(const std::string& path, const std::string& name)
    : path_(path), file_(path) {
  const Hdf5Lock lock;
  if (!survives_trial([&] {
        open(name);
        look_through();
      })) {
    fail(path, "is a damaged HDF5 file: the HDF5 library does not survive it");
  }
  open(name);
}

void Hdf5Reader::open(const std::string& name) {
  const std::string path = path_;
  handles_ = std::make_unique<Handles>();
  handles_->file = open_hdf5_input(path);
  if (!handles_->file) fail(path, "is no HDF5 file, or a damaged one");
  std::string wanted = name;
  if (wanted.empty()) {
    const Found found = datasets_of(handles_->file);
    if (found.datasets.size() != 1 || found.cut || found.damaged) refuse_choice(path, found);
    wanted = found.datasets[0];
  }
  path_ += ":" + wanted;
  const Hdf5Handle access(H5Pcreate(H5P_LINK_ACCESS), H5Pclose);
  H5Pset_elink_cb(access, refuse_link, nullptr);
  Hdf5Handle object(H5Oopen(handles_->file, wanted.c_str(), access), H5Oclose);
  if (!object) fail(path_, "there is no such dataset within the file");
  if (H5Iget_type(object) == H5I_GROUP) refuse_choice(path, datasets_of(handles_->file));
  if (H5Iget_type(object) != H5I_DATASET) fail(path_, "is no dataset");
  handles_->dataset = std::move(object);
  read_header();
}

// For a second: all that reading will ask of the library but the chunks' own bytes.
void Hdf5Reader::look_through() {
  struct Enough {};
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  try {
    for_each_position(header_.chunk_counts(), [&](const Shape& chunk) {
      if (!chunked_) {
        Bytes block;
        read_block(chunk, block);
        throw Enough{};
      }
      stored_size(chunk);
      if (std::chrono::steady_clock::now() > end) throw Enough{};
    });
  } catch (const Enough&) {
  }
}

Hdf5Reader::~Hdf5Reader() {
  const Hdf5Lock lock;
  handles_.reset();
}

void Hdf5Reader::read_header() {
  Handles& h = *handles_;
  h.type = Hdf5Handle(H5Dget_type(h.dataset), H5Tclose);
  h.space = Hdf5Handle(H5Dget_space(h.dataset), H5Sclose);
  const std::optional<NumberType> type = hdf5_number_type(h.type);
  if (!type) fail(path_, "numbers of another type; allowed are u1, u2, u4, i1, i2, i4, f4, f8");
  header_.type = *type;
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  const int rank = H5Sget_simple_extent_dims(h.space, extents.data(), nullptr);
  if (rank < 1) fail(path_, "has no axis to stream along");
  header_.shape = shape_of(path_, extents, rank);
  const Hdf5Handle properties(H5Dget_create_plist(h.dataset), H5Pclose);
  const H5D_layout_t layout = H5Pget_layout(properties);
  if (layout == H5D_VIRTUAL || H5Pget_external_count(properties) > 0) {
    fail(path_, "its numbers lie in other files; that is not followed");
  }
  if (layout == H5D_COMPACT && !holds(H5Dget_storage_size(h.dataset), header_)) {
    fail(path_, "holds fewer numbers than " + header_.shape.text() + ": the file is damaged");
  }
  chunked_ = layout == H5D_CHUNKED;
  header_.chunks = slabs(header_.shape, header_.type.bytes);
  if (chunked_) {
    if (H5Pget_chunk(properties, rank, extents.data()) != rank) fail(path_, "corrupt chunks");
    header_.chunks = shape_of(path_, extents, rank);
    header_.codecs = read_filters(path_, properties);
  }
  H5D_fill_value_t fill{};
  H5Pfill_value_defined(properties, &fill);
  if (fill == H5D_FILL_VALUE_USER_DEFINED) {
    H5Pget_fill_value(properties, h.type, header_.fill.data());
  }
  for (int axis = 0; axis < rank; ++axis) header_.order.push_back(axis);
  read_hdf5_axes(file_, h.dataset, header_);
}

// 0: it is not stored. Only the second function tells that from damage, but it goes through all
// chunks before this one.
std::size_t Hdf5Reader::stored_size(const Shape& chunk) const {
  const auto offset = hdf5_offset(chunk, header_.chunks);
  hsize_t size = 0;
  if (H5Dget_chunk_storage_size(handles_->dataset, offset.data(), &size) >= 0) return size;
  unsigned skipped = 0;
  haddr_t address = 0;
  if (H5Dget_chunk_info_by_coord(handles_->dataset, offset.data(), &skipped, &address, &size) < 0) {
    fail(path_, "chunk " + chunk.text() + " cannot be found: the file is damaged");
  }
  return address == HADDR_UNDEF ? 0 : size;
}

bool Hdf5Reader::read(const Shape& chunk, std::size_t most, Bytes& out, unsigned& skipped) {
  const Hdf5Lock lock;
  skipped = 0;
  if (!chunked_) return read_block(chunk, out);
  const auto offset = hdf5_offset(chunk, header_.chunks);
  const std::size_t size = stored_size(chunk);
  if (size == 0) return false;
  if (size > std::min(most, static_cast<std::size_t>(file_.size()))) {
    fail(path_, "chunk " + chunk.text() + " takes " + std::to_string(size) + " bytes; at most " +
                    std::to_string(most) + " belong there, and the file has " +
                    std::to_string(file_.size()));
  }
  out.resize(size);
  const Hdf5Room room(out.data(), size);
  if (H5Dread_chunk(handles_->dataset, H5P_DEFAULT, offset.data(), &skipped, out.data()) < 0) {
    fail(path_, "chunk " + chunk.text() + " cannot be read: the file is damaged");
  }
  return true;
}

Index Hdf5Reader::count_stored() const {
  const Hdf5Lock lock;
  Index count = 0;
  for_each_position(header_.chunk_counts(), [&](const Shape& chunk) {
    if (!chunked_ || stored_size(chunk) > 0) ++count;
  });
  return count;
}

bool Hdf5Reader::read_block(const Shape& chunk, Bytes& out) {
  out.assign(header_.chunk_bytes(), 0);
  const auto offset = hdf5_offset(chunk, header_.chunks);
  std::array<hsize_t, kMaxRank> count{}, whole{}, zero{};
  for (int axis = 0; axis < chunk.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    whole[i] = static_cast<hsize_t>(header_.chunks[axis]);
    count[i] = std::min(whole[i], static_cast<hsize_t>(header_.shape[axis]) - offset[i]);
  }
  const Hdf5Handle memory(H5Screate_simple(chunk.rank(), whole.data(), nullptr), H5Sclose);
  H5Sselect_hyperslab(memory, H5S_SELECT_SET, zero.data(), nullptr, count.data(), nullptr);
  H5Sselect_hyperslab(handles_->space, H5S_SELECT_SET, offset.data(), nullptr, count.data(),
                      nullptr);
  if (H5Dread(handles_->dataset, handles_->type, memory, handles_->space, H5P_DEFAULT, out.data()) <
      0) {
    fail(path_, "cannot be read: the file is damaged");
  }
  return true;
}

}  // namespace faltung
