// Texts of any length in an attribute of an HDF5 object, read past the library: HDF5 1.10.8 takes
// their lengths and numbers for true (H5T_vlen_disk_read, H5HG_read), and writes beyond its room.
//
// Source: HDF5 File Format Specification 3.0, III.E (global heap), IV.A.1 (object headers),
// IV.A.2.m (attributes).
#pragma once

#include <vector>

#include "engine/io/hdf5_bytes.h"

namespace faltung {

// The first `count` texts of the attribute `name` of the object whose header is at an address.
// Empty where one is missing, damaged or longer than `most` bytes, and where the attributes are so
// many that they lie outside the header. Throws Error{input}.
std::vector<std::string> read_hdf5_texts(const InputFile& file, std::uint64_t header,
                                         std::string_view name, int count, Index most);

}  // namespace faltung
