// The HDF5 library as our files on HDF5 share it.
#include "engine/io/hdf5_library.h"

#include <dlfcn.h>

#include <string>
#include <vector>

namespace faltung {

#define FALTUNG_HDF5_DEFINE(name) decltype(&::name) name = nullptr;
#define FALTUNG_HDF5_DEFINE_ID(name) Hdf5Id name;
FALTUNG_HDF5_FUNCTIONS(FALTUNG_HDF5_DEFINE)
FALTUNG_HDF5_IDS(FALTUNG_HDF5_DEFINE_ID)

namespace {

std::mutex& library() {
  static std::mutex mutex;
  return mutex;
}

void* opened() {
  if (void* found = dlopen(FALTUNG_HDF5_SONAME, RTLD_LAZY | RTLD_LOCAL)) return found;
  throw Error(Code::failure, std::string("HDF5 files need a library that cannot be loaded: ") +
                                 dlerror() + "; on Debian 12 it is in libhdf5-103-1");
}

void* found(void* library, const char* name) {
  if (void* symbol = dlsym(library, name)) return symbol;
  throw Error(Code::failure,
              std::string(FALTUNG_HDF5_SONAME) + " is no usable HDF5: it has no " + name);
}

// The library stays: other users of it in this process have it, and we at the next file.
bool load() {
  void* const library = opened();
#define FALTUNG_HDF5_TEXT(name) #name
#define FALTUNG_HDF5_LOAD(name) \
  name = reinterpret_cast<decltype(name)>(found(library, FALTUNG_HDF5_TEXT(name)));
#define FALTUNG_HDF5_LOAD_ID(name) name.at = static_cast<const hid_t*>(found(library, #name));
  FALTUNG_HDF5_FUNCTIONS(FALTUNG_HDF5_LOAD)
  FALTUNG_HDF5_IDS(FALTUNG_HDF5_LOAD_ID)
  // At exit the library would close files once more whose closing has failed, and crash. We close
  // all that we open.
  H5dont_atexit();
  return true;
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
  static const bool loaded [[maybe_unused]] = load();
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
