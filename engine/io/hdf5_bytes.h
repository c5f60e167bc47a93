// An HDF5 file as bytes (HDF5 File Format Specification 3.0, II.A).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/io/file.h"

namespace faltung {

constexpr std::string_view kHdf5Mark = "\x89HDF\r\n\x1a\n";

struct Hdf5Superblock {
  Index base = 0;               // what addresses count from
  int address = 8, length = 8;  // bytes that each takes
};
Hdf5Superblock read_hdf5_superblock(const InputFile& file);  // throws Error{input}

// The number in `width` bytes, the low one first; what lies beyond the bytes is zero.
std::uint64_t hdf5_number(std::string_view bytes, Index at, Index width);

// What lies at an address; fewer bytes at the end of the file, none beyond it. Throws Error{input}.
std::string hdf5_bytes_at(const InputFile& file, const Hdf5Superblock& superblock,
                          std::uint64_t address, Index count);

}  // namespace faltung
