// Fields that the metadata of both Zarr versions have.
#pragma once

#include "engine/io/zarr_metadata.h"

namespace faltung {

// Shape and chunks of as many axes, without names, in C's order.
void set_extents(ZarrHeader& header, Shape shape, Shape chunks);

// Names the axes by a list of texts; null entries stay unnamed. Ignores a list of another length.
void set_axis_names(ZarrHeader& header, const Json& names);

Json zarr_2_metadata(const ZarrHeader& header);  // zarr_2.cc

// One number of header.type, stored as a file would; null is 0. Throws Error{input} where it is
// no such number.
void set_fill(ZarrHeader& header, const Json& value);
Json fill_value(const ZarrHeader& header);

// A whole number, or `otherwise` where the member is missing. Throws Error{input}.
int whole(const Json& object, const std::string& key, int otherwise);

// "separator", "/" or "."; `otherwise` where the member is missing.
char separator(const Json& object, const std::string& key, char otherwise);

}  // namespace faltung
