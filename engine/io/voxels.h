// What volume files have in common: numbers of one type in a row, plain or packed, behind a header.
//
// A container (nifti.cc, nrrd.cc, metaimage.cc) reads the header and says where the numbers lie;
// everything else happens here, slab by slab.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/io/packing.h"
#include "engine/io/sink.h"
#include "engine/io/source.h"

namespace faltung {

// More channels that lie apart than this are not read: each is a place in the file, or an inflater.
constexpr Index kMostPlanes = 64;

// From the fastest: channels that lie together, the inner axes, the stream axis; then channels that
// lie apart (planes) and items, in either order.
struct VoxelLayout {
  Encoding::Sample sample = Encoding::Sample::none;
  bool swapped = false;  // not in this machine's byte order
  Packing packing = Packing::none;
  Index begin = 0;   // in the file, of what may be packed
  Index offset = 0;  // in that, unpacked, of the first number
  Index together = 1;
  Index planes = 1;
  bool items_inside = false;  // all items of a plane come before the next plane
  double slope = 1;           // value = number · slope + intercept
  double intercept = 0;

  bool is_scaled() const noexcept { return slope != 1 || intercept != 0; }
};

// Sets what follows from the layout: channels, sample type, the encoding's sample and full scale.
// Scaled numbers are stored as floats, for their integers would lose the scale.
void complete(const VoxelLayout& layout, Format& format, Encoding& encoding);

// format.extent, format.inner and encoding.items are checked against the file's bytes, before
// anything of their size is allocated. Throws Error{input} naming the claim and the size.
std::unique_ptr<Source> open_voxels(InputFile file, const VoxelLayout& layout, const Format& format,
                                    const Encoding& encoding);

struct VoxelFile {
  VoxelLayout layout;  // begin and offset are the sink's affair
  std::string path;
  std::string data_path;      // of a file for the numbers alone; empty: they follow the header
  bool packs_header = false;  // with the numbers
  // Called before the numbers are written, with `packed` 0; where they are packed apart from it,
  // once more with their size in the file, for a header of the same length.
  std::function<std::string(Index extent, Index packed)> header;
};

// Where the header cannot come first (the extent is not known) or planes are to be packed, the
// numbers wait in a temporary file. Throws Error{output}.
std::unique_ptr<Sink> create_voxels(const VoxelFile& file, const Format& format,
                                    const Encoding& like);

}  // namespace faltung
