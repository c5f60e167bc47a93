// What the axes of an array file mean and what else its header says: carried from source to sink.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/io/affine.h"

namespace faltung {

struct FileAxis {
  std::string name;  // "t", "c", "z", "y", "x", or as the file names it; empty: unnamed
  Index extent = 1;
  double spacing = 1;  // between neighbours' centres, in `unit`
  double origin = 0;   // of the first one's centre; 0 in space where there is an affine
  std::string unit;    // "mm", "micrometer", "s", …; empty: unstated
  Index chunk = 0;     // of a file in chunks, the extent of one along this axis; 0: none
  Index chunks_per_file = 1;  // of those along this axis; more where chunks lie in shards
};

// Axes by what becomes of them, each list slowest first. Items are signals of their own, one after
// the other: the time points of a film, say.
struct Description {
  std::vector<FileAxis> items;
  std::vector<FileAxis> channels;              // the product of their extents is Format::channels
  std::vector<FileAxis> space;                 // the stream axis, then the inner axes
  std::optional<Affine> affine;                // of the last three axes of space
  std::map<std::string, std::string> entries;  // free text by key, where the container has such
  std::vector<std::string> files;              // besides the header's: no output may replace them
  std::string container;                       // whose header follows
  std::string header;  // as it stands in the file, for a sink of the same container to start from
};

}  // namespace faltung
