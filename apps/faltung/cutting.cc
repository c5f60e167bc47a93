// How many positions of a signal travel and are computed at once.
#include "apps/faltung/cutting.h"

#include <algorithm>

namespace faltung {
namespace {

// 1.4 s at 48 kHz: handing a slab over (microseconds) vanishes beside computing it
// (milliseconds), and six stereo slabs are 3 MB.
constexpr Index kSeriesSlab = 65536;

// Of one slab, all channels together: 4 MiB of float32. Larger bands of an image leave the cache
// without saving anything.
constexpr Index kSlabSamples = Index{1} << 20;

}  // namespace

Cutting choose_cutting(const Format& in, Index block, Index most_bytes) {
  const Index position = std::max<Index>(1, in.channels * in.inner_size());
  Index slab = kSlabSamples / position;
  if (most_bytes > 0) slab = std::min(slab, most_bytes / (position * size_of(in.type)));
  if (in.is_series()) slab = std::min(slab, kSeriesSlab);
  if (in.extent) slab = std::min(slab, *in.extent);
  slab = std::max<Index>(1, slab);
  if (block <= 0) return {slab, slab};
  return {std::max<Index>(1, slab / block) * block, block};
}

}  // namespace faltung
