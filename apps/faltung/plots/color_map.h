// Colours for numbers: one scale for magnitudes, one for signed values.
#pragma once

#include "apps/faltung/plots/canvas.h"

namespace faltung {

// 0 … 1 from dark to bright, evenly to the eye and for any kind of colour vision (viridis:
// van der Walt & Smith 2015).
Color brightness_color(double share) noexcept;

// −1 … 1 from blue over white to orange.
Color signed_color(double value) noexcept;

}  // namespace faltung
