// Adding one run of samples to another.
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

// to[n] += from[n] for 0 <= n < count. Any alignment; no allocation, no exceptions.
void add_samples(float* to, const float* from, Index count) noexcept;
void add_samples(double* to, const double* from, Index count) noexcept;

}  // namespace faltung
