// How far apart a picture's pixels lie, as image files without axes state it.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "engine/io/description.h"
#include "engine/stream/format.h"

namespace faltung {

// Of an image (format.inner has one axis): rows and columns, spacing in mm, the file's container.
std::shared_ptr<const Description> described_picture(const Format& format, double y_mm, double x_mm,
                                                     const std::string& container);

// Spacing of rows and of columns in mm; 0 where it is not stated, or in no unit of length.
std::pair<double, double> picture_spacing_mm(const Description& description) noexcept;

}  // namespace faltung
