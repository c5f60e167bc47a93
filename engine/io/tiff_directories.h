// Where a TIFF's pages begin: its chain of directories, walked before libtiff sees the file.
#pragma once

#include <vector>

#include "engine/io/file.h"

namespace faltung {

// Offsets of the pages that are images of their own, in the chain's order: no overviews, no masks.
// Memory grows with the pages, not with what they hold. Throws Error{input} for a chain that is
// a ring, leads out of the file or is longer than kMostTiffPages, and for texts that no header has.
std::vector<Index> tiff_pages(const InputFile& file);

constexpr Index kMostTiffPages = 1 << 22;  // 32 MB of offsets

}  // namespace faltung
