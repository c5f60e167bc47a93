// TIFF headers made by hand: rings of pages, claims beyond the file, texts without end.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "tests/io/files.h"

using namespace faltung;
using namespace faltung::io_test;

namespace {

enum class Order { little, big };

std::string number(std::uint64_t value, int bytes, Order order) {
  std::string result;
  for (int i = 0; i < bytes; ++i) {
    const int shift = 8 * (order == Order::little ? i : bytes - 1 - i);
    result += static_cast<char>(value >> shift & 255);
  }
  return result;
}

struct Entry {
  int tag, type;  // 2: text, 3: 16 bits, 4: 32 bits
  std::uint64_t count, value;
};

// Pages one after the other behind the header; the last one's next is `last`.
struct Tiff {
  Order order = Order::little;
  bool big = false;
  std::vector<std::vector<Entry>> pages;
  std::uint64_t last = 0;

  int offset_bytes() const { return big ? 8 : 4; }
  std::uint64_t begin(std::size_t page) const {
    std::uint64_t at = big ? 16 : 8;
    for (std::size_t i = 0; i < page; ++i) {
      at += (big ? 8 : 2) + pages[i].size() * (big ? 20 : 12) + (big ? 8 : 4);
    }
    return at;
  }

  std::string bytes() const {
    const auto n = [&](std::uint64_t value, int count) { return number(value, count, order); };
    std::string text = order == Order::little ? "II" : "MM";
    text += n(big ? 43 : 42, 2);
    if (big) text += n(8, 2) + n(0, 2);
    text += n(begin(0), offset_bytes());
    for (std::size_t page = 0; page < pages.size(); ++page) {
      text += n(pages[page].size(), big ? 8 : 2);
      for (const Entry& e : pages[page]) {
        std::string value = e.type == 3 ? n(e.value, 2) : n(e.value, 4);
        value.resize(static_cast<std::size_t>(offset_bytes()), '\0');
        text += n(static_cast<std::uint64_t>(e.tag), 2) + n(static_cast<std::uint64_t>(e.type), 2) +
                n(e.count, offset_bytes()) + value;
      }
      text += n(page + 1 < pages.size() ? begin(page + 1) : last, offset_bytes());
    }
    return text;
  }
};

// Gray, 8 bits, one strip at byte 8 of which `bytes` are there.
std::vector<Entry> gray(std::uint64_t cols, std::uint64_t rows, std::uint64_t bytes) {
  return {{256, 4, 1, cols}, {257, 4, 1, rows}, {258, 3, 1, 8},    {262, 3, 1, 1},
          {273, 4, 1, 8},    {277, 3, 1, 1},    {278, 4, 1, rows}, {279, 4, 1, bytes}};
}

std::string refusal(const Tiff& tiff) {
  const Folder folder;
  write_bytes(folder / "a.tif", tiff.bytes());
  return load_error(folder / "a.tif");
}

void check_says(const std::string& message, const char* words) {
  CAPTURE(message);
  CHECK(message.find(words) != std::string::npos);
}

}  // namespace

TEST_CASE("io: TIFF made by hand is read in both byte orders and sizes") {
  const Folder folder;
  for (Order order : {Order::little, Order::big}) {
    for (bool big : {false, true}) {
      const Tiff tiff{order, big, {gray(3, 2, 6), gray(3, 2, 6)}};
      write_bytes(folder / "a.tif", tiff.bytes());
      const Signal volume = load(folder / "a.tif", 1);
      CHECK(volume.format.inner == Shape{2, 3});
      CHECK(volume.extent() == 2);
    }
  }
}

TEST_CASE("io: TIFF pages in a ring are refused, whatever its length and where it begins") {
  for (bool big : {false, true}) {
    for (std::size_t length : {1, 2, 3, 50}) {
      Tiff tiff{Order::big, big, {}};
      for (std::size_t page = 0; page < length; ++page) tiff.pages.push_back(gray(3, 2, 6));
      for (std::size_t back : {std::size_t{0}, length / 2, length - 1}) {
        tiff.last = tiff.begin(back);
        check_says(refusal(tiff), "corrupt: the TIFF's pages lead in a ring");
      }
    }
  }
}

TEST_CASE("io: a TIFF that claims more than its file can hold is refused before memory is taken") {
  const std::uint64_t huge = 0x7fffffff;
  check_says(
      refusal({Order::little, false, {gray(huge, huge, 6)}}),
      "header states 2147483647x2147483647 pixels, part 1 of 1 ends beyond the file's 110 bytes");
  check_says(refusal({Order::little, false, {gray(30, 40, 1200)}}),
             "states 30x40 pixels, part 1 of 1 ends beyond the file's 110 bytes");
  Tiff far{Order::little, false, {gray(3, 2, 6)}};
  far.last = 100000;
  check_says(refusal(far), "a page's header at byte 100000, the file has 110");
  auto page = gray(3, 2, 6);
  page.push_back({270, 2, 0xf0000000, 8});
  check_says(refusal({Order::big, false, {page}}), "a text of 4026531840 bytes");
  auto tiles = gray(100000, 100000, 6);
  tiles.push_back({322, 4, 1, 16});
  tiles.push_back({323, 4, 1, 1 << 30});
  tiles.push_back({324, 4, 1, 8});
  tiles.push_back({325, 4, 1, 6});
  CHECK(!refusal({Order::little, false, {tiles}}).empty());
}
