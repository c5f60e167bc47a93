// What a sound file's chunks claim about their data, against the bytes that are there.
#include "engine/io/sound_header.h"

#include <cstdint>

namespace faltung {
namespace {

constexpr std::uint64_t kSoxUnknown = 0x7ffff000;  // sox's wav.c: MS_UNSPEC, cut to whole blocks
constexpr int kMostChunks = 4096;                  // of a hostile file

enum class Order { little, big };

std::uint64_t number(std::string_view bytes, Order order) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte =
        static_cast<unsigned char>(bytes[order == Order::big ? i : bytes.size() - 1 - i]);
    value = value << 8 | byte;
  }
  return value;
}

// How a family of containers lays out its chunks.
struct Layout {
  Order order = Order::little;
  Index first = 12;  // offset of the first chunk
  Index id_bytes = 4;
  Index size_bytes = 4;
  bool size_has_header = false;  // W64 counts id and size too
  Index alignment = 2;
  const char* format_id = "fmt ";
  const char* data_id = "data";
};

std::optional<Layout> layout_of(std::string_view head) {
  const auto id = head.substr(0, 4);
  Layout layout;
  if (id == "RIFF" || id == "RF64") return layout;
  if (id == "RIFX") {
    layout.order = Order::big;
    return layout;
  }
  if (id == "FORM") return Layout{Order::big, 12, 4, 4, false, 2, "COMM", "SSND"};
  if (id == "riff") return Layout{Order::little, 40, 16, 8, true, 8, "fmt ", "data"};
  return std::nullopt;
}

bool unknown_length(std::uint64_t stated, Index frame_bytes) {
  const auto block = static_cast<std::uint64_t>(frame_bytes);
  return stated == 0 || stated == UINT32_MAX || stated >= INT64_MAX ||
         (stated <= kSoxUnknown && stated + block > kSoxUnknown);
}

// Bytes of a frame of plain samples, from the body of a "fmt " or COMM chunk.
Index frame_bytes_of(std::string_view body, const Layout& layout) {
  if (layout.data_id == std::string_view("SSND")) {
    if (body.size() < 8) return 0;
    return static_cast<Index>(number(body.substr(0, 2), Order::big) *
                              ((number(body.substr(6, 2), Order::big) + 7) / 8));
  }
  if (body.size() < 16) return 0;
  const auto tag = number(body.substr(0, 2), layout.order);
  const bool plain = tag == 1 || tag == 3 || tag == 0xfffe;  // integers, floats, extensible
  return plain ? static_cast<Index>(number(body.substr(12, 2), layout.order)) : 0;
}

}  // namespace

std::optional<DataClaim> data_claim(const InputFile& file) {
  const std::string head = file.bytes_at(0, 12);
  const auto layout = layout_of(head);
  if (!layout || head.size() < 12) return std::nullopt;
  const auto outer = static_cast<Index>(number(std::string_view(head).substr(4, 4), layout->order));
  const Index header = layout->id_bytes + layout->size_bytes;
  std::uint64_t long_size = 0;  // of RF64's ds64 chunk
  Index frame_bytes = 0;
  Index offset = layout->first;
  for (int i = 0; i < kMostChunks && offset + header <= file.size(); ++i) {
    const std::string chunk = file.bytes_at(offset, header + 24);
    const std::string_view bytes = chunk;
    const auto id = bytes.substr(0, 4);
    const auto body = bytes.substr(static_cast<std::size_t>(header));
    auto size = number(bytes.substr(static_cast<std::size_t>(layout->id_bytes),
                                    static_cast<std::size_t>(layout->size_bytes)),
                       layout->order);
    if (layout->size_has_header)
      size -= std::min<std::uint64_t>(size, static_cast<std::uint64_t>(header));
    if (id == "ds64" && body.size() >= 16) long_size = number(body.substr(8, 8), Order::little);
    if (id == layout->format_id) frame_bytes = frame_bytes_of(body, *layout);
    if (id == layout->data_id) {
      if (size == UINT32_MAX && long_size != 0) size = long_size;
      DataClaim claim{static_cast<Index>(size), file.size() - offset - header, frame_bytes};
      if (id == "SSND") claim.stated_bytes -= 8, claim.present_bytes -= 8;  // offset, block size
      claim.length_known = !unknown_length(size, frame_bytes);
      // A whole file that says 0 twice over is truly empty; a stream's outer size is wrong too.
      const bool empty = size == 0 && file.size() == outer + 8;
      claim.length_known |= empty;
      if (size == 0 && !empty) claim.zero_size_offset = offset + layout->id_bytes;
      return claim;
    }
    if (size >= static_cast<std::uint64_t>(file.size())) return std::nullopt;
    const Index padding =
        (layout->alignment - static_cast<Index>(size) % layout->alignment) % layout->alignment;
    offset += header + static_cast<Index>(size) + padding;
  }
  return std::nullopt;
}

void refuse_truncated(const InputFile& file, const std::optional<DataClaim>& claim) {
  if (!claim || !claim->length_known || claim->stated_bytes <= claim->present_bytes) return;
  const Index unit = claim->frame_bytes > 0 ? claim->frame_bytes : 1;
  const char* units = claim->frame_bytes > 0 ? " frames, " : " bytes of sound, ";
  const Index present = claim->present_bytes > 0 ? claim->present_bytes / unit : 0;
  file.fail("truncated: header states " + std::to_string(claim->stated_bytes / unit) + units +
            std::to_string(present) + " are there");
}

}  // namespace faltung
