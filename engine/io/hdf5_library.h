// The HDF5 library as our files on HDF5 share it; no other file includes it.
//
// It is loaded by the first Hdf5Lock, for it brings thirty libraries with it. It is not
// safe for threads: whoever calls it holds an Hdf5Lock. It says nothing by itself.
#pragma once

#include <hdf5.h>

#include <array>
#include <mutex>
#include <optional>
#include <utility>

#include "engine/io/chunked_array.h"
#include "engine/io/file.h"

// What we use of it. In the namespace these names hide HDF5's own, also within its macros; a name
// that is missing here does not link.
// clang-format off
#define FALTUNG_HDF5_FUNCTIONS(X)                                                             \
  X(H5open) X(H5check_version) X(H5dont_atexit) X(H5Eset_auto2)                               \
  X(H5Fcreate) X(H5Fopen) X(H5Fclose) X(H5FDregister)                                         \
  X(H5Oopen) X(H5Oclose) X(H5Oget_info2) X(H5Ovisit2) X(H5Lvisit) X(H5Iget_type)              \
  X(H5Aexists) X(H5Acreate2) X(H5Aopen) X(H5Aget_type) X(H5Aget_space) X(H5Aread) X(H5Awrite) \
  X(H5Aclose)                                                                                 \
  X(H5Dcreate2) X(H5Dopen2) X(H5Dget_type) X(H5Dget_space) X(H5Dget_create_plist) X(H5Dclose) \
  X(H5Dget_storage_size)                                                                      \
  X(H5Dget_chunk_storage_size) X(H5Dget_chunk_info_by_coord) X(H5Dread_chunk)                 \
  X(H5Dwrite_chunk) X(H5Dset_extent) X(H5Dread)                                               \
  X(H5Pcreate) X(H5Pclose) X(H5Pset_driver) X(H5Pset_fapl_core) X(H5Pset_elink_cb)            \
  X(H5Pset_create_intermediate_group) X(H5Pset_obj_track_times)                               \
  X(H5Pset_alloc_time) X(H5Pset_fill_time)                                                    \
  X(H5Pset_chunk) X(H5Pset_deflate) X(H5Pset_shuffle) X(H5Pset_fletcher32)                    \
  X(H5Pget_layout) X(H5Pget_chunk) X(H5Pget_nfilters) X(H5Pget_filter2)                       \
  X(H5Pget_external_count) X(H5Pfill_value_defined) X(H5Pget_fill_value)                      \
  X(H5Screate_simple) X(H5Sselect_hyperslab) X(H5Sget_simple_extent_dims)                     \
  X(H5Sget_simple_extent_npoints) X(H5Sclose)                                                 \
  X(H5Tcopy) X(H5Tequal) X(H5Tget_class) X(H5Tis_variable_str) X(H5Tset_size) X(H5Tclose)

#define FALTUNG_HDF5_IDS(X)                                                       \
  X(H5P_CLS_FILE_ACCESS_ID_g) X(H5P_CLS_DATASET_CREATE_ID_g)                      \
  X(H5P_CLS_LINK_ACCESS_ID_g) X(H5P_CLS_LINK_CREATE_ID_g)                         \
  X(H5T_STD_U8LE_g) X(H5T_STD_U16LE_g) X(H5T_STD_U32LE_g)                         \
  X(H5T_STD_U8BE_g) X(H5T_STD_U16BE_g) X(H5T_STD_U32BE_g)                         \
  X(H5T_STD_I8LE_g) X(H5T_STD_I16LE_g) X(H5T_STD_I32LE_g)                         \
  X(H5T_STD_I8BE_g) X(H5T_STD_I16BE_g) X(H5T_STD_I32BE_g)                         \
  X(H5T_IEEE_F32LE_g) X(H5T_IEEE_F64LE_g) X(H5T_IEEE_F32BE_g) X(H5T_IEEE_F64BE_g) \
  X(H5T_NATIVE_DOUBLE_g) X(H5T_C_S1_g)
// clang-format on

namespace faltung {

// One of the library's global identifiers, read where the library keeps it.
struct Hdf5Id {
  const hid_t* at = nullptr;
  operator hid_t() const noexcept { return *at; }
};

#define FALTUNG_HDF5_DECLARE(name) extern decltype(&::name) name;
#define FALTUNG_HDF5_DECLARE_ID(name) extern Hdf5Id name;
FALTUNG_HDF5_FUNCTIONS(FALTUNG_HDF5_DECLARE)
FALTUNG_HDF5_IDS(FALTUNG_HDF5_DECLARE_ID)

class Hdf5Lock {
 public:
  Hdf5Lock();  // throws Error{failure} where the library cannot be loaded

 private:
  std::lock_guard<std::mutex> lock_;
};

// An identifier of the library, with the function that gives it back.
class Hdf5Handle {
 public:
  Hdf5Handle() = default;
  Hdf5Handle(hid_t id, herr_t (*give_back)(hid_t)) : id_(id), close_(give_back) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(other.id_), close_(other.close_) { other.id_ = -1; }
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Hdf5Handle() { close(); }
  bool close() noexcept {
    const bool good = id_ < 0 || close_(id_) >= 0;
    id_ = -1;
    return good;
  }
  operator hid_t() const noexcept { return id_; }
  explicit operator bool() const noexcept { return id_ >= 0; }

 private:
  hid_t id_ = -1;
  herr_t (*close_)(hid_t) = nullptr;
};

// The type as a file has it; nothing for those that are not read.
std::optional<NumberType> hdf5_number_type(hid_t type);
hid_t hdf5_type(const NumberType& type);  // in the low byte first; not for f2

// The first number of a chunk.
std::array<hsize_t, kMaxRank> hdf5_offset(const Shape& chunk, const Shape& chunks);

// hdf5_axes.cc: DIMENSION_LABELS as names (HDF5 Dimension Scales Specification), element_size_um as
// spacing of the last axes (Ilastik, Fiji). Of another form they are ignored. Needs shape and
// chunks.
void read_hdf5_axes(const InputFile& file, hid_t dataset, ChunkedHeader& header);
bool write_hdf5_axes(hid_t dataset, const ChunkedHeader& header);  // false: the library failed

}  // namespace faltung
