// One dataset of a new HDF5 file, written by stored chunks.
#include <algorithm>

#include "engine/io/hdf5_file.h"
#include "engine/io/hdf5_library.h"

namespace faltung {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw Error(Code::output, "HDF5 could not " + what + " (a full disk?)");
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

Hdf5Writer::Hdf5Writer(const std::string& path, const std::string& name, const Hdf5Header& header,
                       int growing)
    : handles_(std::make_unique<Handles>()),
      shape_(header.shape),
      chunks_(header.chunks),
      growing_(growing) {
  const Hdf5Lock lock;
  handles_->file =
      Hdf5Handle(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  if (!handles_->file) fail("create the file");
  auto now = extents(shape_), most = now;
  if (growing_ >= 0) most[static_cast<std::size_t>(growing_)] = H5S_UNLIMITED;
  const Hdf5Handle space(H5Screate_simple(shape_.rank(), now.data(), most.data()), H5Sclose);
  const Hdf5Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  const Hdf5Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links, 1);
  H5Pset_obj_track_times(properties, false);  // the same bytes whenever it is written
  const auto chunk = extents(chunks_);
  const bool set = H5Pset_chunk(properties, chunks_.rank(), chunk.data()) >= 0 &&
                   set_filters(properties, header.codecs);
  if (!set) fail("set up chunks of " + chunks_.text());
  handles_->dataset = Hdf5Handle(H5Dcreate2(handles_->file, name.c_str(), hdf5_type(header.type),
                                            space, links, properties, H5P_DEFAULT),
                                 H5Dclose);
  if (!handles_->dataset) fail("create the dataset '" + name + "'");
  if (!write_hdf5_axes(handles_->dataset, header)) fail("describe the axes");
}

Hdf5Writer::~Hdf5Writer() {
  const Hdf5Lock lock;
  handles_.reset();
}

void Hdf5Writer::write(const Shape& chunk, const Bytes& stored) {
  const Hdf5Lock lock;
  const auto offset = hdf5_offset(chunk, chunks_);
  if (growing_ >= 0) {
    const Index needed = (chunk[growing_] + 1) * chunks_[growing_];
    if (needed > shape_[growing_]) {
      shape_[growing_] = needed;
      if (H5Dset_extent(handles_->dataset, extents(shape_).data()) < 0) fail("grow the dataset");
    }
  }
  if (H5Dwrite_chunk(handles_->dataset, H5P_DEFAULT, 0, offset.data(), stored.size(),
                     stored.data()) < 0) {
    fail("write chunk " + chunk.text());
  }
}

void Hdf5Writer::set_shape(const Shape& shape) {
  if (shape == shape_) return;
  const Hdf5Lock lock;
  if (H5Dset_extent(handles_->dataset, extents(shape).data()) < 0) fail("state the extent");
}

void Hdf5Writer::close() {
  const Hdf5Lock lock;
  const bool dataset = handles_->dataset.close();
  if (!handles_->file.close() || !dataset) fail("complete the file");
}

bool holds_only(const std::string& path, const std::string& name) {
  const Hdf5Lock lock;
  const Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!file) return true;
  Survey found{name.substr(name.find_first_not_of('/')), true};
  H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, survey, &found);
  return found.only;
}

}  // namespace faltung
