// Partitioned overlap-save along the stream axis, any rank: a large kernel in flat memory.
//
// Uniform partitions of `extents[0] / 2` positions; the inner axes, padded, lie whole in the
// transform. For each tile of as many positions one forward transform for each input, one inverse
// for each output, and one multiply-add of spectra for each partition and path: the frequency-
// domain delay line (Kulp 1988; Wefers 2015, ch. 5). Stride along the stream axis must be 1.
#pragma once

#include <memory>

#include "engine/convolve/sliding.h"

namespace faltung {

template <class T>
std::unique_ptr<TileSolver<T>> make_partitioned_tiles(const Problem& problem, const Shape& extents,
                                                      Workers* workers);

}  // namespace faltung
