// OME-Zarr's multiscales: which array is the finest, what its axes are called, how large a voxel
// is.
//
// Format: OME-NGFF 0.4 (2022; attributes of Zarr 2) and 0.5 (2024; under "ome" in Zarr 3).
// Scale and translation become spacing and origin.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/io/axis_roles.h"
#include "engine/io/json.h"

namespace faltung {

struct OmeLevel {
  std::string path;  // of the array, below the group
  std::vector<StatedAxis> axes;
};

// The level at `path`, or the finest where that is empty. Nothing where the attributes hold no
// multiscales or not that level. Throws Error{input} where they are malformed, or a path leaves
// the group.
std::optional<OmeLevel> ome_level(const Json& attributes, const std::string& path = "");

// Whether these are axes as OME-Zarr demands: 2 to 5, named, time and channel first, 2 or 3 of
// space.
bool is_ome(const std::vector<StatedAxis>& axes);

// Attributes of a group with one level, called "0". `version` is that of Zarr.
Json ome_attributes(int version, const std::vector<StatedAxis>& axes, const std::string& name);

}  // namespace faltung
