// Rows of a TIFF's page on their way into strips, or gathered into tiles.
//
// Pages of more than 4096 columns and 256 rows are tiled, for viewers of a part should not have to
// read whole rows. Tiles are 256 columns wide; a row of them, which is held, takes at most 64 MB,
// or 16 rows of the page.
#pragma once

#include <vector>

#include "engine/io/tiff_library.h"
#include "engine/nd/shape.h"

namespace faltung {

// How pages are cut.
struct TiffCut {
  TiffCut(Index page_rows, Index page_cols, Index pixel);  // rows 0: not known, hence strips

  Index rows, cols, pixel_bytes;
  Index tile_rows = 0, tile_cols = 0;  // 0: strips

  bool is_tiled() const noexcept { return tile_rows > 0; }
  double page_bytes() const noexcept;   // of pixels stored, the tiles' padding too
  Index memory_bytes() const noexcept;  // held while a page is written
};

class TiffRows {
 public:
  explicit TiffRows(const TiffCut& cut);

  bool begin_page(TIFF* tiff);  // sets the fields that say how it is cut; all return false where
                                // libtiff fails
  char* row() noexcept;         // room for the next one
  bool end_row(TIFF* tiff);

 private:
  bool write_tiles(TIFF* tiff);
  void fill_tile(Index col) noexcept;

  TiffCut cut_;
  Index row_ = 0;     // of the page
  Index filled_ = 0;  // rows that are held
  std::vector<char> band_, tile_;
};

}  // namespace faltung
