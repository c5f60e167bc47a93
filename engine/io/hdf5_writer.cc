// One dataset of a new HDF5 file, written by stored chunks.
#include <algorithm>

#include "engine/io/hdf5_bytes.h"
#include "engine/io/hdf5_file.h"
#include "engine/io/hdf5_input.h"
#include "engine/io/hdf5_library.h"
#include "engine/io/trial.h"

namespace faltung {
namespace {

constexpr std::size_t kMemoryStep = 1 << 16;          // of a file in memory
constexpr const char* kNoFile = "/dev/null/no file";  // its name, which nothing can have

[[noreturn]] void fail(const Hdf5Place& place, const std::string& what) {
  throw Error(Code::output,
              "cannot write " + place.file + ": HDF5 could not " + what + " (a full disk?)");
}

std::array<hsize_t, kMaxRank> extents(const Shape& shape) {
  return hdf5_offset(shape, Shape::filled(shape.rank(), 1));
}

bool set_filters(hid_t properties, const std::vector<CodecChoice>& codecs) {
  bool good = true;
  for (const CodecChoice& codec : codecs) {
    if (codec.name == "zlib") {
      const int level = std::clamp(codec.level, 0, 9);
      good &= H5Pset_deflate(properties, static_cast<unsigned>(level)) >= 0;
    }
    if (codec.name == "shuffle") good &= H5Pset_shuffle(properties) >= 0;
    if (codec.name == "fletcher32") good &= H5Pset_fletcher32(properties) >= 0;
  }
  return good;
}

// An axis may grow where its chunks are larger than it is, for HDF5 asks that.
Hdf5Handle create_space(const ChunkedHeader& header) {
  const auto now = extents(header.shape);
  auto most = now;
  for (int axis = 0; axis < header.shape.rank(); ++axis) {
    if (header.chunks[axis] <= header.shape[axis]) continue;
    most[static_cast<std::size_t>(axis)] = H5S_UNLIMITED;
  }
  return {H5Screate_simple(header.shape.rank(), now.data(), most.data()), H5Sclose};
}

enum class Room { now, later };

Hdf5Handle create_dataset(hid_t file, const Hdf5Place& place, const Hdf5Header& header, Room room) {
  const Hdf5Handle space = create_space(header);
  const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  const Hdf5Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links, 1);
  H5Pset_obj_track_times(properties, false);  // the same bytes whenever it is written
  if (header.codecs.empty() && room == Room::now) {
    H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER);
  }
  const auto chunk = extents(header.chunks);
  const bool set = H5Pset_chunk(properties, header.chunks.rank(), chunk.data()) >= 0 &&
                   set_filters(properties, header.codecs);
  if (!set) fail(place, "set up chunks of " + header.chunks.text());
  Hdf5Handle dataset(H5Dcreate2(file, place.dataset.c_str(), hdf5_type(header.type), space, links,
                                properties, H5P_DEFAULT),
                     H5Dclose);
  if (!dataset) fail(place, "create the dataset '" + place.dataset + "'");
  if (!write_hdf5_axes(dataset, header)) fail(place, "describe the axes");
  return dataset;
}

struct Survey {
  std::string name;
  bool only = true;
};

// Objects other than the dataset and its groups: "a" and "a/b" on the way to "a/b/c".
herr_t survey(hid_t, const char* name, const H5L_info_t*, void* data) {
  auto& found = *static_cast<Survey*>(data);
  const std::string here(name);
  found.only = found.name == here || found.name.starts_with(here + "/");
  return found.only ? 0 : 1;
}

}  // namespace

struct Hdf5Writer::Handles {
  Hdf5Handle file, dataset;
};

Hdf5Writer::Hdf5Writer(const std::string& path, const Hdf5Place& place, const Hdf5Header& header)
    : handles_(std::make_unique<Handles>()), place_(place), chunks_(header.chunks) {
  const Hdf5Lock lock;
  handles_->file =
      Hdf5Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  if (!handles_->file) fail(place, "create the file");
  handles_->dataset = create_dataset(handles_->file, place, header, Room::now);
}

Hdf5Writer::Hdf5Writer(const std::string& path, const Hdf5Place& place, const Shape& chunks)
    : handles_(std::make_unique<Handles>()), place_(place), chunks_(chunks) {
  const Hdf5Lock lock;
  handles_->file = Hdf5Handle(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
  if (!handles_->file) fail(place, "open its unfinished file");
  handles_->dataset =
      Hdf5Handle(H5Dopen2(handles_->file, place.dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!handles_->dataset) fail(place, "open the dataset of its unfinished file");
}

Hdf5Writer::~Hdf5Writer() {
  const Hdf5Lock lock;
  handles_.reset();
}

void Hdf5Writer::require_possible(const Hdf5Place& place, const Hdf5Header& header) {
  const Hdf5Lock lock;
  const Hdf5Handle in_memory(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(in_memory, kMemoryStep, false);
  const Hdf5Handle file(H5Fcreate(kNoFile, H5F_ACC_TRUNC, H5P_DEFAULT, in_memory), H5Fclose);
  if (!file) fail(place, "create a file in memory");
  create_dataset(file, place, header, Room::later);
}

void Hdf5Writer::write(const Shape& chunk, const Bytes& stored) {
  const Hdf5Lock lock;
  const auto offset = hdf5_offset(chunk, chunks_);
  if (H5Dwrite_chunk(handles_->dataset, H5P_DEFAULT, 0, offset.data(), stored.size(),
                     stored.data()) < 0) {
    fail(place_, "write chunk " + chunk.text());
  }
}

void Hdf5Writer::set_shape(const Shape& shape) {
  const Hdf5Lock lock;
  if (H5Dset_extent(handles_->dataset, extents(shape).data()) < 0) {
    fail(place_, "state the extent");
  }
}

void Hdf5Writer::close() {
  const Hdf5Lock lock;
  const bool dataset = handles_->dataset.close();
  if (!handles_->file.close() || !dataset) fail(place_, "complete the file");
}

bool holds_only(const std::string& path, const std::string& name) {
  try {
    read_hdf5_superblock(InputFile(path));
  } catch (const Error&) {
    return true;
  }
  const Hdf5Lock lock;
  bool only = false;
  const auto look = [&] {
    Survey found{name.substr(name.find_first_not_of('/')), true};
    const Hdf5Handle file = open_hdf5_input(path);
    only = file && H5Lvisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, survey, &found) >= 0 && found.only;
  };
  if (survives_trial(look)) look();
  return only;
}

}  // namespace faltung
