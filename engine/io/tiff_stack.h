// What the pages of a TIFF are to each other: slices, channels, time points, and how far apart.
//
// ImageJ's hyperstacks and OME-TIFF (Goldberg et al. 2005, "The Open Microscopy Environment (OME)
// Data Model and XML file") state it in the first page's description; any other pages are slices.
#pragma once

#include <string>
#include <vector>

#include "engine/io/description.h"
#include "engine/nd/shape.h"

namespace faltung {

// What a TIFF says of itself outside its pixels.
struct TiffWords {
  std::string path;         // for messages
  std::string description;  // of the first page
  std::string software;
  Index pages = 1;
  Index rows = 1, cols = 1, samples = 1;      // of the first page; samples of a pixel
  double x_resolution = 0, y_resolution = 0;  // pixels per unit; 0: not stated
  double metres = 0;                          // of that unit; 0: it is no length
};

struct TiffStack {
  Index times = 1, slices = 1, channels = 1;  // in pages
  std::vector<std::uint32_t> pages;           // [time, slice, channel]; empty: in the file's order
  bool stated = false;                        // the rest holds
  FileAxis t{"t", 1, 1, 0, "", 0}, z{"z", 1, 1, 0, "", 0};
  FileAxis y{"y", 1, 1, 0, "", 0}, x{"x", 1, 1, 0, "", 0};
  std::vector<std::string> notes;

  Index page(Index time, Index slice, Index channel) const noexcept;
};

// Throws Error{input} where the words and the pages do not agree.
TiffStack tiff_stack(const TiffWords& words);

bool is_imagej(const std::string& description);
bool is_ome_xml(const std::string& description);
TiffStack imagej_stack(const TiffWords& words);
TiffStack ome_stack(const TiffWords& words);

// OME-XML of the 2016-06 schema for planes in the order channels, slices, times.
struct OmeWords {
  std::string type;                                        // "uint8", …, "double"
  Index slices = 1, times = 1, channels = 1, samples = 1;  // samples together in a page
  FileAxis t, z, y, x;
};
std::string ome_xml(const OmeWords& words);

}  // namespace faltung
