// Images as other programs write them: tiles, planes, compression, palettes, interlacing.
#include <doctest/doctest.h>
#include <png.h>
#include <tiffio.h>

#include <cstdint>
#include <cstdio>
#include <vector>

#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;

namespace {

constexpr int kRows = 37, kCols = 53;

int pixel(int page, int row, int col, int channel) {
  return (page * 41 + row * 7 + col * 3 + channel * 50) % 251;
}

struct Look {
  const char* name;
  int channels;
  int tile;  // 0: strips
  int rows_per_strip;
  int planar;
  int compression;
  int predictor;
  int photometric;
  int pages = 1;
};

void write_tiff(const std::string& path, const Look& look) {
  TIFF* tiff = TIFFOpen(path.c_str(), "w");
  REQUIRE(tiff);
  for (int page = 0; page < look.pages; ++page) {
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, kCols);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, kRows);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, look.channels);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, look.photometric);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, look.planar);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, look.compression);
    if (look.predictor) TIFFSetField(tiff, TIFFTAG_PREDICTOR, look.predictor);
    if (look.tile) {
      TIFFSetField(tiff, TIFFTAG_TILEWIDTH, look.tile);
      TIFFSetField(tiff, TIFFTAG_TILELENGTH, look.tile);
    } else {
      TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, look.rows_per_strip);
    }
    const int planes = look.planar == PLANARCONFIG_SEPARATE ? look.channels : 1;
    const int each = look.channels / planes;
    for (int plane = 0; plane < planes; ++plane) {
      const auto value = [&](int row, int col, int k) {
        const int v = pixel(page, std::min(row, kRows - 1), std::min(col, kCols - 1), plane + k);
        return static_cast<std::uint8_t>(look.photometric == PHOTOMETRIC_MINISWHITE ? 255 - v : v);
      };
      if (look.tile) {
        for (int row = 0; row < kRows; row += look.tile) {
          for (int col = 0; col < kCols; col += look.tile) {
            std::vector<std::uint8_t> tile;
            for (int r = 0; r < look.tile; ++r) {
              for (int c = 0; c < look.tile; ++c) {
                for (int k = 0; k < each; ++k) tile.push_back(value(row + r, col + c, k));
              }
            }
            TIFFWriteTile(tiff, tile.data(), static_cast<std::uint32_t>(col),
                          static_cast<std::uint32_t>(row), 0, static_cast<std::uint16_t>(plane));
          }
        }
        continue;
      }
      for (int row = 0; row < kRows; ++row) {
        std::vector<std::uint8_t> line;
        for (int col = 0; col < kCols; ++col) {
          for (int k = 0; k < each; ++k) line.push_back(value(row, col, k));
        }
        TIFFWriteScanline(tiff, line.data(), static_cast<std::uint32_t>(row),
                          static_cast<std::uint16_t>(plane));
      }
    }
    TIFFWriteDirectory(tiff);
  }
  TIFFClose(tiff);
}

std::vector<double> expected(int channels, int pages) {
  std::vector<double> samples;
  for (int channel = 0; channel < channels; ++channel) {
    for (int page = 0; page < pages; ++page) {
      for (int row = 0; row < kRows; ++row) {
        for (int col = 0; col < kCols; ++col) samples.push_back(pixel(page, row, col, channel));
      }
    }
  }
  return samples;
}

const Look kLooks[] = {
    {"one strip", 3, 0, kRows, PLANARCONFIG_CONTIG, COMPRESSION_NONE, 0, PHOTOMETRIC_RGB},
    {"deflate", 3, 0, 5, PLANARCONFIG_CONTIG, COMPRESSION_ADOBE_DEFLATE, 2, PHOTOMETRIC_RGB},
    {"LZW", 1, 0, 8, PLANARCONFIG_CONTIG, COMPRESSION_LZW, 2, PHOTOMETRIC_MINISBLACK},
    {"PackBits", 1, 0, 8, PLANARCONFIG_CONTIG, COMPRESSION_PACKBITS, 0, PHOTOMETRIC_MINISBLACK},
    {"white is zero", 1, 0, 8, PLANARCONFIG_CONTIG, COMPRESSION_NONE, 0, PHOTOMETRIC_MINISWHITE},
    {"planes", 3, 0, 4, PLANARCONFIG_SEPARATE, COMPRESSION_NONE, 0, PHOTOMETRIC_RGB},
    {"deflated planes", 3, 0, kRows, PLANARCONFIG_SEPARATE, COMPRESSION_ADOBE_DEFLATE, 2,
     PHOTOMETRIC_RGB},
    {"tiles", 3, 16, 0, PLANARCONFIG_CONTIG, COMPRESSION_NONE, 0, PHOTOMETRIC_RGB},
    {"deflated tiles", 1, 32, 0, PLANARCONFIG_CONTIG, COMPRESSION_ADOBE_DEFLATE, 2,
     PHOTOMETRIC_MINISBLACK},
    {"tiles in planes", 3, 16, 0, PLANARCONFIG_SEPARATE, COMPRESSION_LZW, 0, PHOTOMETRIC_RGB},
    {"pages", 1, 0, 5, PLANARCONFIG_CONTIG, COMPRESSION_LZW, 0, PHOTOMETRIC_MINISBLACK, 4},
    {"pages of tiles", 3, 16, 0, PLANARCONFIG_SEPARATE, COMPRESSION_ADOBE_DEFLATE, 0,
     PHOTOMETRIC_RGB, 3},
};

// A PNG by rows of `row_bytes` from `at(row)`; palettes are gray ramps from black, by twos.
void write_png(const std::string& path, int depth, int color, int interlace, int channels) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  REQUIRE(file);
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_init_io(png, file);
  png_set_IHDR(png, info, kCols, kRows, depth, color, interlace, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> palette;
  for (int i = 0; i < 256; ++i) {
    palette.push_back({static_cast<png_byte>(i), static_cast<png_byte>(255 - i), 7});
  }
  if (color == PNG_COLOR_TYPE_PALETTE) png_set_PLTE(png, info, palette.data(), 256);
  png_write_info(png, info);
  std::vector<std::vector<png_byte>> rows(kRows);
  std::vector<png_bytep> pointers;
  for (int row = 0; row < kRows; ++row) {
    auto& bytes = rows[static_cast<std::size_t>(row)];
    for (int col = 0; col < kCols; ++col) {
      for (int c = 0; c < channels; ++c) {
        const int v = pixel(0, row, col, c);
        if (depth == 1) {
          if (col % 8 == 0) bytes.push_back(0);
          bytes.back() = static_cast<png_byte>(bytes.back() | (v & 1) << (7 - col % 8));
          continue;
        }
        bytes.push_back(static_cast<png_byte>(v));
        if (depth == 16) bytes.push_back(static_cast<png_byte>(v / 2));
      }
    }
    pointers.push_back(bytes.data());
  }
  png_write_image(png, pointers.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  std::fclose(file);
}

}  // namespace

TEST_CASE("io: TIFF of other programs is read: tiles, planes, compression, pages") {
  const Folder folder;
  for (const Look& look : kLooks) {
    CAPTURE(std::string(look.name));
    write_tiff(folder / "a.tif", look);
    for (Index slab : {1, 5, 100}) {
      const Signal image = load(folder / "a.tif", slab);
      CHECK(image.format.channels == look.channels);
      CHECK(image.format.inner == (look.pages > 1 ? Shape{kRows, kCols} : Shape{kCols}));
      CHECK(image.samples == expected(look.channels, look.pages));
    }
  }
}

TEST_CASE("io: TIFF is read from any row and slice again, compressed or not") {
  const Folder folder;
  for (const Look& look : kLooks) {
    CAPTURE(std::string(look.name));
    write_tiff(folder / "a.tif", look);
    const auto source = open_source(folder / "a.tif", {});
    const Format& format = source->format();
    const Index inner = format.inner_size();
    std::vector<float> numbers(static_cast<std::size_t>(format.channels * inner));
    const SlabOf<float> out{numbers.data(), format.channels, 1, inner, inner};
    for (const Index position : {*format.extent - 1, Index{0}, *format.extent / 2, Index{0}}) {
      CHECK(source->seek(0, position));
      CHECK(source->read(out) == 1);
      const int page = look.pages > 1 ? static_cast<int>(position) : 0;
      const int row = look.pages > 1 ? 0 : static_cast<int>(position);
      CHECK(numbers[5] == static_cast<float>(pixel(page, row, 5, 0)));
    }
  }
}

TEST_CASE("io: corrupted TIFF of other programs never does worse than an Error") {
  const Folder folder;
  for (const Look& look : kLooks) {
    CAPTURE(std::string(look.name));
    write_tiff(folder / "a.tif", look);
    CHECK(load_mutations(folder / "a.tif", 150) < 150);
  }
}

TEST_CASE("io: PNG of other programs is read: interlaced, palettes, single bits") {
  const Folder folder;
  const auto values = [](int channels, auto value) {
    std::vector<double> samples;
    for (int c = 0; c < channels; ++c) {
      for (int row = 0; row < kRows; ++row) {
        for (int col = 0; col < kCols; ++col)
          samples.push_back(value(pixel(0, row, col, c), pixel(0, row, col, 0), c));
      }
    }
    return samples;
  };
  const std::string path = folder / "a.png";
  for (int interlace : {PNG_INTERLACE_NONE, PNG_INTERLACE_ADAM7}) {
    CAPTURE(interlace);
    write_png(path, 8, PNG_COLOR_TYPE_RGB, interlace, 3);
    CHECK(load(path, 5).samples == values(3, [](int v, int, int) { return v; }));
    write_png(path, 16, PNG_COLOR_TYPE_GRAY, interlace, 1);
    CHECK(load(path, 100).samples == values(1, [](int v, int, int) { return v * 256 + v / 2; }));
    write_png(path, 1, PNG_COLOR_TYPE_GRAY, interlace, 1);
    CHECK(load(path, 7).samples == values(1, [](int v, int, int) { return v % 2 * 255; }));
    write_png(path, 8, PNG_COLOR_TYPE_PALETTE, interlace, 1);
    CHECK(load(path, 1).samples == values(3, [](int, int v, int c) {
            return c == 0 ? v : c == 1 ? 255 - v : 7;
          }));
    CHECK(load_mutations(path, 200) < 200);
  }
}

TEST_CASE("io: a PNG header that claims more than its file can hold is refused") {
  const Folder folder;
  write_png(folder / "a.png", 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_ADAM7, 3);
  std::string bytes = read_bytes(folder / "a.png");
  bytes[16] = bytes[20] = '\x7f';  // 2^31 columns and rows
  std::uint32_t crc = 0xffffffff;
  for (std::size_t i = 12; i < 29; ++i) {
    crc ^= static_cast<unsigned char>(bytes[i]);
    for (int k = 0; k < 8; ++k) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  for (std::size_t i = 0; i < 4; ++i) bytes[29 + i] = static_cast<char>(~crc >> (24 - 8 * i) & 255);
  write_bytes(folder / "a.png", bytes);
  const std::string message = load_error(folder / "a.png");
  CAPTURE(message);
  CHECK(message.find("cannot hold them") != std::string::npos);
}
