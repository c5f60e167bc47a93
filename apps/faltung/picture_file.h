// Pictures written to files.
#pragma once

#include <string>

#include "apps/faltung/canvas.h"

namespace faltung {

// As PNG, or whatever image the path's extension names; complete or not at all.
// Throws Error{output}.
void save_picture(const Canvas& canvas, const std::string& path);

}  // namespace faltung
