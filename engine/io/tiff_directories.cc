// Where a TIFF's pages begin: its chain of directories, walked before libtiff sees the file.
#include "engine/io/tiff_directories.h"

#include <string_view>

namespace faltung {
namespace {

constexpr unsigned kSubfileType = 254;      // bit 0: an overview, bit 2: a mask
constexpr Index kMostEntries = 4096;        // of a directory: libtiff's own limit
constexpr Index kMostTextBytes = 64 << 20;  // of one field of text: read as a whole
constexpr unsigned kTextType = 2;

// The two sizes of TIFF: "TIFF Revision 6.0" (Aldus, 1992), and BigTIFF with 64-bit offsets.
struct Layout {
  bool big_endian = false;
  Index count_bytes = 2, entry_bytes = 12, offset_bytes = 4;

  Index number(std::string_view bytes, Index at, Index count) const {
    std::uint64_t value = 0;
    for (Index i = 0; i < count; ++i) {
      const Index from = at + (big_endian ? i : count - 1 - i);
      value = value << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(from)]);
    }
    return static_cast<Index>(value);
  }
};

struct Directory {
  bool is_page = true;
  Index next = 0;
};

class Chain {
 public:
  explicit Chain(const InputFile& file) : file_(file) {
    const std::string head = file.bytes_at(0, 16);
    if (head.size() < 8) file.fail("truncated: not a TIFF file");
    layout_.big_endian = head[0] == 'M';
    const bool big = head[layout_.big_endian ? 3 : 2] == 43;
    if (big) layout_ = {layout_.big_endian, 8, 20, 8};
    if (big && head.size() < 16) file.fail("truncated: not a TIFF file");
    first_ = layout_.number(head, big ? 8 : 4, layout_.offset_bytes);
  }

  // Finds cycles without remembering all: Brent, BIT 20 (1980).
  std::vector<Index> pages() const {
    std::vector<Index> pages;
    Index met = -1, steps = 0, power = 1;
    for (Index at = first_; at != 0;) {
      if (at == met) file_.fail("corrupt: the TIFF's pages lead in a ring");
      if (++steps == power) met = at, steps = 0, power *= 2;
      const Directory directory = read(at);
      if (directory.is_page) pages.push_back(at);
      if (std::ssize(pages) > kMostTiffPages) {
        file_.fail("a TIFF of more than " + std::to_string(kMostTiffPages) + " pages");
      }
      at = directory.next;
    }
    if (pages.empty()) file_.fail("a TIFF without an image of its own");
    return pages;
  }

 private:
  std::string bytes(Index at, Index count) const {
    std::string result = at < 0 || at > file_.size() ? "" : file_.bytes_at(at, count);
    if (std::ssize(result) == count) return result;
    file_.fail("truncated or corrupt TIFF: a page's header at byte " + std::to_string(at) +
               ", the file has " + std::to_string(file_.size()));
  }

  Directory read(Index at) const {
    const Index count = layout_.number(bytes(at, layout_.count_bytes), 0, layout_.count_bytes);
    if (count < 1 || count > kMostEntries) {
      file_.fail("corrupt TIFF: a page's header of " + std::to_string(count) +
                 " entries; allowed are 1 to " + std::to_string(kMostEntries));
    }
    const Index end = count * layout_.entry_bytes;
    const std::string entries = bytes(at + layout_.count_bytes, end + layout_.offset_bytes);
    Directory directory;
    for (Index entry = 0; entry < end; entry += layout_.entry_bytes) {
      if (is_no_page(entries, entry)) directory.is_page = false;
    }
    directory.next = layout_.number(entries, end, layout_.offset_bytes);
    return directory;
  }

  bool is_no_page(const std::string& entries, Index entry) const {
    const Index tag = layout_.number(entries, entry, 2),
                type = layout_.number(entries, entry + 2, 2);
    const Index count = layout_.number(entries, entry + 4, layout_.offset_bytes);
    if (type == kTextType && (count < 0 || count > kMostTextBytes)) {
      file_.fail("corrupt TIFF: header states a text of " + std::to_string(count) +
                 " bytes; allowed are " + std::to_string(kMostTextBytes));
    }
    const Index value = entry + 4 + layout_.offset_bytes;
    return tag == kSubfileType && (layout_.number(entries, value, type == 3 ? 2 : 4) & 5) != 0;
  }

  const InputFile& file_;
  Layout layout_;
  Index first_ = 0;
};

}  // namespace

std::vector<Index> tiff_pages(const InputFile& file) { return Chain(file).pages(); }

}  // namespace faltung
