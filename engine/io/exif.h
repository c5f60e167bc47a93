// What a JPEG's EXIF block says of its picture's orientation.
#pragma once

#include "engine/io/file.h"

namespace faltung {

// 2 to 8 where the picture is to be turned or mirrored before it is looked at (Exif 2.3, tag 0112);
// 1 where not, and where nothing, or nothing sensible, is stated.
int exif_orientation(const InputFile& file);

}  // namespace faltung
