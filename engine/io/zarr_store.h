// A Zarr array in folders and files: found by path, its chunks read as files that lie within it.
#pragma once

#include <memory>
#include <string>

#include "engine/io/zarr_metadata.h"

namespace faltung {

// Whether a path means a Zarr store or a place in one: a part of it ends in .zarr, or it is a
// folder with Zarr's metadata.
bool is_zarr_path(const std::string& path);

// The part of such a path that is the store's own folder: "a.zarr" of "a.zarr/b/c"; the whole path
// where no part of it ends in .zarr.
std::string zarr_root(const std::string& path);

// An array, or the finest level of an OME-Zarr image. Throws Error{input}, also for a group of
// other things, naming the arrays that are in it.
std::unique_ptr<ChunkedArray> open_zarr_array(const std::string& path);

// The attributes of a group; null where the folder is none. Throws Error{input}.
Json zarr_group_attributes(const std::string& folder);

}  // namespace faltung
