// The HDF5 library as our files on HDF5 share it.
#include "engine/io/hdf5_library.h"

#include <vector>

namespace faltung {
namespace {

std::mutex& library() {
  static std::mutex mutex;
  return mutex;
}

struct TypeRow {
  hid_t id;
  NumberType type;
};

std::vector<TypeRow> known_types() {
  std::vector<TypeRow> rows{{H5T_STD_U8LE, {'u', 1}},   {H5T_STD_U8BE, {'u', 1}},
                            {H5T_STD_I8LE, {'i', 1}},   {H5T_STD_I8BE, {'i', 1}},
                            {H5T_STD_U16LE, {'u', 2}},  {H5T_STD_I16LE, {'i', 2}},
                            {H5T_STD_U32LE, {'u', 4}},  {H5T_STD_I32LE, {'i', 4}},
                            {H5T_IEEE_F32LE, {'f', 4}}, {H5T_IEEE_F64LE, {'f', 8}}};
  const std::vector<TypeRow> swapped{
      {H5T_STD_U16BE, {'u', 2, true}},  {H5T_STD_I16BE, {'i', 2, true}},
      {H5T_STD_U32BE, {'u', 4, true}},  {H5T_STD_I32BE, {'i', 4, true}},
      {H5T_IEEE_F32BE, {'f', 4, true}}, {H5T_IEEE_F64BE, {'f', 8, true}}};
  rows.insert(rows.end(), swapped.begin(), swapped.end());
  return rows;
}

}  // namespace

Hdf5Lock::Hdf5Lock() : lock_(library()) {
  // At exit the library would close files once more whose closing has failed, and crash. We close
  // all that we open.
  static const herr_t once [[maybe_unused]] = H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

std::optional<NumberType> hdf5_number_type(hid_t type) {
  for (const TypeRow& row : known_types()) {
    if (H5Tequal(type, row.id) > 0) return row.type;
  }
  return std::nullopt;
}

hid_t hdf5_type(const NumberType& type) {
  for (const TypeRow& row : known_types()) {
    if (row.type.kind == type.kind && row.type.bytes == type.bytes) return row.id;
  }
  throw Error(Code::failure, "no HDF5 type for " + type.text());
}

std::array<hsize_t, kMaxRank> hdf5_offset(const Shape& chunk, const Shape& chunks) {
  std::array<hsize_t, kMaxRank> offset{};
  for (int axis = 0; axis < chunk.rank(); ++axis) {
    offset[static_cast<std::size_t>(axis)] = static_cast<hsize_t>(chunk[axis] * chunks[axis]);
  }
  return offset;
}

}  // namespace faltung
