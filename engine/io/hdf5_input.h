// An HDF5 file as the library sees it that only reads: our own file, and nothing outside it.
#pragma once

#include <string>

#include "engine/io/hdf5_library.h"

namespace faltung {

// False where it is no HDF5 file, or a damaged one. The caller holds an Hdf5Lock.
Hdf5Handle open_hdf5_input(const std::string& path);

// While it lives, just so many bytes are read into `room`, or it is refused: the library reads a
// chunk by the length that its index claims, which for a chunk without filters need not be what
// H5Dget_chunk_storage_size states. One at a time: the caller holds an Hdf5Lock.
class Hdf5Room {
 public:
  Hdf5Room(const void* room, std::size_t bytes) noexcept;
  Hdf5Room(const Hdf5Room&) = delete;
  ~Hdf5Room();
};

}  // namespace faltung
