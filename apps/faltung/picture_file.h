// Pictures as PNG files.
#pragma once

#include <string>

#include "apps/faltung/canvas.h"

namespace faltung {

// Throws Error{configuration} unless the name ends in .png.
void check_picture_path(const std::string& path);

// Under a temporary name first, as every output. Throws Error{output} where it cannot be written.
void save_picture(const Canvas& canvas, const std::string& path);

}  // namespace faltung
