// How a signal's positions become pages of a TIFF, and what the first one says of them.
#pragma once

#include <string>

#include "engine/io/source.h"
#include "engine/io/tiff_stack.h"

namespace faltung {

// A slice is a page, or a page for each channel where the axes are described; time points follow
// each other. Of a picture the rows of an item are a page.
struct TiffPages {
  TiffPages(const Format& format, const Encoding& like);

  Encoding::Sample sample = Encoding::Sample::none;
  Index together = 1;                         // channels of a page
  Index channels = 1;                         // pages of a slice
  Index rows = 0;                             // of a page; 0: not known
  Index cols = 1;                             // of a page
  std::optional<Index> count;                 // of the pages
  std::string words;                          // the first one's description
  double x_resolution = 0, y_resolution = 0;  // pixels per `unit`; 0: none
  int unit;                                   // RESUNIT_…

  Index pixel_bytes() const;

 private:
  void set_together(const Format& format, const Description* description);
  void set_resolution(const Description& description);
  OmeWords ome_words(const Format& format, const Encoding& like) const;
};

}  // namespace faltung
