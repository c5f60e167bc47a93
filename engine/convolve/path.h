// One connection of a convolution: input channel, output channel, kernel.
#pragma once

#include "engine/nd/shape.h"

namespace faltung {

// Input channel `in` reaches output channel `out` through kernel number `kernel`.
struct Path {
  Index in = 0;
  Index out = 0;
  Index kernel = 0;
};

}  // namespace faltung
