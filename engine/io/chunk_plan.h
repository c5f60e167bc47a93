// How a signal becomes an array in chunks: its axes, their order and names, the chunks' extents.
#pragma once

#include "engine/io/chunked_array.h"
#include "engine/stream/format.h"

namespace faltung {

struct ChunkPlan {
  ChunkedHeader header;  // without container, header and codecs; C's order
  AxisRoles roles;
};

// Axes are items, channels, space; channels are last where `like.channel_axis` says so. Names,
// spacing and chunks come from `like.description` where its axes are the format's; new chunks take
// about 1 MB, one channel and one item each, and few enough positions that a row of them takes
// about 64 MB. An extent that is not known yet is stated as 0. Throws Error{configuration} where
// there are more than kMaxRank axes, or several items of unknown extent.
ChunkPlan plan_chunks(const Format& format, const Encoding& like);

// Doubles the smallest of `extents` that is below its limit, the last of several, as long as all
// together, of `unit_bytes` each, take at most `most_bytes`.
void grow_evenly(Shape& extents, const Shape& limits, Index unit_bytes, Index most_bytes);

}  // namespace faltung
