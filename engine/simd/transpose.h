// Exchanges the axes of a matrix: to[c·to_stride + r] = from[r·from_stride + c].
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

// The two do not overlap. No allocation, no exceptions.
void transpose(const float* from, Index rows, Index columns, Index from_stride, float* to,
               Index to_stride) noexcept;
void transpose(const double* from, Index rows, Index columns, Index from_stride, double* to,
               Index to_stride) noexcept;

}  // namespace faltung
