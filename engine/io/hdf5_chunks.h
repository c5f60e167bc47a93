// The two ways in which an HDF5 file is written that another job can go on with.
//
// A file whose job dies is of no use while its index changes, and only one job writes it at a time.
// Where chunks are not compressed the index is complete from the beginning: the file is made with
// room for all of them, in a staged folder, and written in place; what is there is noted beside it.
// Else, and for shards, chunks lie in files of their own as in a Zarr store, and the job that ends
// last copies them into a file: for that time they take twice their room. Both ways give the same
// bytes.
#pragma once

#include <memory>
#include <string>

#include "engine/io/chunked_sink.h"
#include "engine/io/hdf5_file.h"

namespace faltung {

// In the staged folder: chunks that are files, or notes of those in the file; and what its journal
// calls their number.
constexpr const char* kHdf5Pieces = "chunks";
constexpr const char* kHdf5Notes = "rows";
constexpr const char* kHdf5Count = "chunks";

// Chunks that are not compressed, of one job and a known extent.
std::unique_ptr<ChunkedWriter> write_hdf5_in_place(const Hdf5Place& place, const Hdf5Header& header,
                                                   const StoreOptions& options);

std::unique_ptr<ChunkedWriter> write_hdf5_in_pieces(const Hdf5Place& place,
                                                    const Hdf5Header& header,
                                                    const StoreOptions& options);

bool is_hdf5_replaceable(const std::string& path);  // hdf5_sink.cc: whether it is a file

}  // namespace faltung
