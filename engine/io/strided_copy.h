// Numbers of 1, 2, 4 or 8 bytes from one order of axes into another.
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

// to[Σ position · to_strides] = from[Σ position · from_strides] for every position of `extents`.
// Strides are in numbers; a stride of 0 in `from` repeats.
void copy_strided(int number_bytes, const Shape& extents, const char* from,
                  const Shape& from_strides, char* to, const Shape& to_strides) noexcept;

}  // namespace faltung
