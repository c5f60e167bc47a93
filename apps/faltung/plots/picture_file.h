// Pictures as PNG files.
#pragma once

#include <memory>
#include <string>

#include "apps/faltung/plots/canvas.h"
#include "engine/io/sink.h"

namespace faltung {

// Throws Error{configuration} unless the name ends in .png.
void check_picture_path(const std::string& path);

// Written, but not there before its commit(): so that several outputs appear together.
// Throws Error{output} where it cannot be written.
std::unique_ptr<Sink> stage_picture(const Canvas& canvas, const std::string& path);

// The same, committed. Throws Error{output} where it cannot be written.
void save_picture(const Canvas& canvas, const std::string& path);

}  // namespace faltung
