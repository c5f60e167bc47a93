// One page of a TIFF at a time, read row by row: strips, tiles, planes.
#pragma once

#include <list>
#include <string>
#include <vector>

#include "engine/io/mapped_file.h"
#include "engine/io/number_type.h"
#include "engine/io/tiff_library.h"

namespace faltung {

// What the pages of one stack must have in common.
struct TiffGeometry {
  TiffGeometry() = default;
  explicit TiffGeometry(TIFF* tiff);
  bool operator==(const TiffGeometry&) const = default;

  bool is_read() const noexcept;  // whether number() is one that is read
  NumberType number() const noexcept;
  Encoding::Sample sample() const noexcept { return sample_of(number()); }
  bool white_is_zero() const noexcept;

  std::uint32_t cols = 0;
  std::uint32_t rows = 0;
  std::uint16_t channels = 1;
  std::uint16_t bits = 1;
  std::uint16_t sample_format = SAMPLEFORMAT_UINT;
  std::uint16_t photometric = PHOTOMETRIC_MINISBLACK;
  bool planar = false;  // planes lie apart
};

// Holds a row, or a row of tiles; of planes that lie apart, one of each.
class TiffPage {
 public:
  explicit TiffPage(const MappedFile& map);  // must outlive it
  ~TiffPage();

  // Checks what the header claims against the file's bytes before memory of its size is taken.
  // Throws Error{input}.
  void go_to(Index offset);

  const TiffGeometry& geometry() const noexcept { return geometry_; }
  std::string text(ttag_t tag) const;  // empty: has none
  // Pixels per unit along x and y, 0 where not stated, and the unit: RESUNIT_…
  struct Resolution {
    double x = 0, y = 0;
    int unit = RESUNIT_NONE;
  };
  Resolution resolution() const;

  Index memory_bytes() const noexcept;  // held for rows and tiles

  // Writes the pixels of a row to `out`, from sample `first` on. Any order of rows; forward is
  // fastest.
  void read_row(Index row, const Slab& out, Index first);

 private:
  // A handle's way to the mapped file: libtiff reads the header by calls, all else from the map.
  struct Reader;

  TIFF* tiff() const noexcept { return handles_[0].get(); }
  TiffHandle open();
  void select(TiffHandle& handle, Index offset);
  void refuse_unreadable() const;
  std::string claim() const;  // the pixels that the header states
  void find_tiles();
  void refuse_beyond_file() const;
  void make_room();
  Index pixel_bytes() const noexcept;  // of a pixel in one plane
  const char* row_of_plane(Index row, std::size_t plane);
  const char* scanline(Index row, std::size_t plane);
  void read_band(Index band);
  void read_tiles(Index band, std::size_t plane, char* to);
  void convert(const char* row, const Slab& out, Index first) const;
  [[noreturn]] void fail(const std::string& what) const;

  const MappedFile& map_;
  const InputFile& file_;
  mutable TiffComplaint complaint_;
  std::list<Reader> readers_;        // of the handles
  std::vector<TiffHandle> handles_;  // one, or one for each plane
  TiffGeometry geometry_;
  Index offset_ = -1;
  Index tile_cols_ = 0, tile_rows_ = 0;  // 0: strips
  Index strip_rows_ = 0;
  Index band_row_ = -1;          // the row of tiles that band_ holds
  std::vector<Index> next_row_;  // of each plane's strips
  std::vector<char> row_, tile_, band_;
};

}  // namespace faltung
