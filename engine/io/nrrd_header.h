// The header of an NRRD file: its axes by what becomes of them, its numbers, its place in the
// world.
//
// Format: teem.sourceforge.net/nrrd/format.html (Kindlmann 2005).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/io/affine.h"
#include "engine/io/source.h"
#include "engine/io/voxels.h"

namespace faltung {

struct NrrdAxis {
  enum class Role { space, channels, items };
  Index extent = 1;
  Role role = Role::space;
  std::string kind = {};               // "domain", "RGB-color", "time", …; empty: unstated
  std::string label = {}, unit = {};   // empty: unstated
  std::vector<double> direction = {};  // in space; empty: none
  double spacing = 1;
  double origin = 0;
};

struct NrrdHeader {
  Encoding::Sample sample = Encoding::Sample::none;
  bool swapped = false;
  Packing packing = Packing::none;
  std::vector<NrrdAxis> axes;  // the fastest first
  std::string space;           // in small letters; empty: unstated
  int space_rank = 0;          // 0: there is none
  std::vector<double> origin;
  std::string data_file;  // empty: the data follow the header
  Index byte_skip = 0;    // -1: the data are the file's end
  std::map<std::string, std::string> entries;
  std::string content;

  int spatial_rank() const;
  Index extent_of(NrrdAxis::Role role) const;  // the product
  // The fields of the layout that follow from the axes. Throws Error{input} for orders of axes that
  // do not stream.
  VoxelLayout layout(const std::string& path) const;
  std::optional<Affine> affine() const;  // of two or three axes, in RAS
};

// From the lines "NRRD000x" to the last before the data. Throws Error{input}.
NrrdHeader parse_nrrd(const std::string& path, const std::string& text);

}  // namespace faltung
