// From one signal to another with equal gain.
#pragma once

#include "engine/nd/slab.h"

namespace faltung {

// out ← out + w·(next − out), w = (k + 1) / (length + 1) at position k of the fade, 1 after its end;
// `out` begins at position `first`. `next` has the same channels and at least as many positions.
void crossfade(const Slab& out, const Slab& next, Index first, Index length) noexcept;

// Zeros at positions [first, end).
void silence(const Slab& slab, Index first, Index end) noexcept;

}  // namespace faltung
