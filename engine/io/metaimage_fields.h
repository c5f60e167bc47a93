// The fields of MetaImage headers: names, former names, types.
#pragma once

#include <string>

#include "engine/io/voxels.h"

namespace faltung {

std::string metaimage_field(const std::string& name);  // by its present name: Origin is Offset
bool is_metaimage_layout(const std::string& name) noexcept;  // says where numbers lie, and what

Encoding::Sample metaimage_sample(const std::string& type) noexcept;  // none: not read
std::string metaimage_type(Encoding::Sample sample);

// Of all numbers; 0 where they are more than any file holds.
Index metaimage_bytes(const Format& format, const VoxelLayout& layout, Index items);

}  // namespace faltung
