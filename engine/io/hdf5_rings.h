// What HDF5 1.10.8 follows without end in a file where one leads back to another, seen before it
// does (HDF5 File Format Specification 3.0, III.A, III.D).
#pragma once

#include "engine/io/hdf5_bytes.h"

namespace faltung {

// Whether the free pieces of the local heap at a place end, within the heap's room: a list, which
// takes memory at every piece (H5HL__fl_deserialize). What is no heap is fine. Throws Error{input}.
bool local_heap_ends(const InputFile& file, Index place, const Hdf5Superblock& superblock);

// Whether all below a node of a tree is on lower levels: children are visited by recursion
// (H5B__iterate_helper). What is no node is fine. Throws Error{input}.
bool tree_descends(const InputFile& file, std::string_view node, const Hdf5Superblock& superblock);

}  // namespace faltung
