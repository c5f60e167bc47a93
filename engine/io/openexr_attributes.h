// What the attributes in an OpenEXR file's headers claim, before the library takes memory for it.
#pragma once

#include "engine/io/file.h"

namespace faltung {

// Throws Error{input} for an attribute whose size is not that of its type or goes beyond the file,
// and for a header without an end. Memory does not grow with what is claimed.
void refuse_impossible_exr_attributes(const InputFile& file);

}  // namespace faltung
