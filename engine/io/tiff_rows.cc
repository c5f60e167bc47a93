// Rows of a TIFF's page on their way into strips, or gathered into tiles.
#include "engine/io/tiff_rows.h"

#include <algorithm>
#include <cstring>

namespace faltung {
namespace {

constexpr Index kMostStripCols = 4096;  // a screen; wider pages are looked at in parts
constexpr Index kTile = 256;            // as OpenSlide's and bioformats' usual
constexpr Index kLeastTile = 16;        // TIFF's own
constexpr Index kBandBytes = 64 << 20;

Index tiles_across(Index extent, Index tile) { return (extent + tile - 1) / tile; }

}  // namespace

TiffCut::TiffCut(Index page_rows, Index page_cols, Index pixel)
    : rows(page_rows), cols(page_cols), pixel_bytes(pixel) {
  if (cols <= kMostStripCols || rows <= kTile) return;
  tile_rows = tile_cols = kTile;
  while (tile_rows > kLeastTile && tile_rows * cols * pixel_bytes > kBandBytes) tile_rows /= 2;
}

double TiffCut::page_bytes() const noexcept {
  const Index stored_rows = is_tiled() ? tiles_across(rows, tile_rows) * tile_rows : rows;
  const Index stored_cols = is_tiled() ? tiles_across(cols, tile_cols) * tile_cols : cols;
  return static_cast<double>(stored_rows) * static_cast<double>(stored_cols * pixel_bytes);
}

Index TiffCut::memory_bytes() const noexcept {
  return (is_tiled() ? tile_rows * (cols + tile_cols) : cols) * pixel_bytes;
}

TiffRows::TiffRows(const TiffCut& cut) : cut_(cut) {
  const Index held = cut.is_tiled() ? cut.tile_rows : 1;
  band_.resize(static_cast<std::size_t>(held * cut.cols * cut.pixel_bytes));
  tile_.resize(static_cast<std::size_t>(cut.tile_rows * cut.tile_cols * cut.pixel_bytes));
}

bool TiffRows::begin_page(TIFF* tiff) {
  row_ = filled_ = 0;
  if (!cut_.is_tiled()) {
    return TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, TIFFDefaultStripSize(tiff, 0)) == 1;
  }
  return TIFFSetField(tiff, TIFFTAG_TILEWIDTH, static_cast<std::uint32_t>(cut_.tile_cols)) == 1 &&
         TIFFSetField(tiff, TIFFTAG_TILELENGTH, static_cast<std::uint32_t>(cut_.tile_rows)) == 1;
}

char* TiffRows::row() noexcept { return band_.data() + filled_ * cut_.cols * cut_.pixel_bytes; }

bool TiffRows::end_row(TIFF* tiff) {
  const Index row = row_++;
  if (!cut_.is_tiled()) {
    return TIFFWriteScanline(tiff, band_.data(), static_cast<std::uint32_t>(row), 0) == 1;
  }
  ++filled_;
  return (filled_ < cut_.tile_rows && row_ < cut_.rows) || write_tiles(tiff);
}

bool TiffRows::write_tiles(TIFF* tiff) {
  const auto first = static_cast<std::uint32_t>(row_ - filled_);
  for (Index col = 0; col < cut_.cols; col += cut_.tile_cols) {
    fill_tile(col);
    const auto x = static_cast<std::uint32_t>(col);
    if (TIFFWriteTile(tiff, tile_.data(), x, first, 0, 0) < 0) return false;
  }
  filled_ = 0;
  return true;
}

// What lies beyond the page is 0.
void TiffRows::fill_tile(Index col) noexcept {
  const auto bytes = static_cast<std::size_t>(cut_.tile_cols * cut_.pixel_bytes);
  const auto used =
      static_cast<std::size_t>(std::min(cut_.tile_cols, cut_.cols - col) * cut_.pixel_bytes);
  std::fill(tile_.begin(), tile_.end(), 0);
  for (Index r = 0; r < filled_; ++r) {
    const char* from = band_.data() + (r * cut_.cols + col) * cut_.pixel_bytes;
    std::memcpy(tile_.data() + static_cast<std::size_t>(r) * bytes, from, used);
  }
}

}  // namespace faltung
