// Texts of any length in an attribute of an HDF5 object.
#include "engine/io/hdf5_texts.h"

#include <algorithm>
#include <optional>

namespace faltung {
namespace {

constexpr std::uint64_t kAttribute = 12, kContinuation = 16;  // kinds of messages
constexpr Index kShared = 2;                                  // flag: the message is elsewhere
constexpr std::uint64_t kMostHeader = 4 << 20;  // bytes of an object's header that are looked at
constexpr Index kMostTexts = 1 << 16;           // of a collection

constexpr Index aligned(Index bytes) { return (bytes + 7) / 8 * 8; }

struct Piece {  // of an object's header
  std::uint64_t address, bytes;
};

struct File {
  const InputFile& input;
  Hdf5Superblock superblock;

  std::string at(std::uint64_t address, Index count) const {
    return hdf5_bytes_at(input, superblock, address, count);
  }
  std::uint64_t address_in(std::string_view bytes, Index at) const {
    return hdf5_number(bytes, at, superblock.address);
  }
  std::uint64_t length_in(std::string_view bytes, Index at) const {
    return hdf5_number(bytes, at, superblock.length);
  }
};

// The messages of an object, of either version, one by one.
class Messages {
 public:
  Messages(const File& file, std::uint64_t header) : file_(file) {
    const std::string head = file.at(header, 64);
    second_ = head.starts_with("OHDR");
    if (!second_) {
      fields_ = 8;
      if (hdf5_number(head, 0, 1) == 1) pieces_.push_back({header + 16, hdf5_number(head, 8, 4)});
      return;
    }
    const std::uint64_t flags = hdf5_number(head, 5, 1);
    const Index at = 6 + (flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0), width = 1 << (flags & 3);
    fields_ = flags & 4 ? 6 : 4;
    pieces_.push_back(
        {header + static_cast<std::uint64_t>(at + width), hdf5_number(head, at, width)});
  }

  struct Message {
    std::uint64_t kind = 0, flags = 0;
    std::string content;
  };
  std::optional<Message> next() {
    while (position_ + fields_ > static_cast<Index>(piece_.size())) {
      if (!read_piece()) return std::nullopt;
    }
    const Index kind_bytes = second_ ? 1 : 2;
    Message message;
    message.kind = hdf5_number(piece_, position_, kind_bytes);
    const auto bytes = static_cast<Index>(hdf5_number(piece_, position_ + kind_bytes, 2));
    message.flags = hdf5_number(piece_, position_ + kind_bytes + 2, 1);
    position_ += fields_;
    if (position_ + bytes > static_cast<Index>(piece_.size())) return std::nullopt;
    message.content =
        piece_.substr(static_cast<std::size_t>(position_), static_cast<std::size_t>(bytes));
    position_ += bytes;
    if (message.kind == kContinuation) note_piece(message.content);
    return message;
  }

 private:
  void note_piece(std::string_view content) {
    const std::uint64_t mark = second_ ? 4 : 0, around = 2 * mark;  // "OCHK"; and a sum behind
    const std::uint64_t bytes = file_.length_in(content, file_.superblock.address);
    if (bytes > around) {
      pieces_.push_back({file_.address_in(content, 0) + mark, bytes - around});
    }
  }

  bool read_piece() {
    position_ = 0;
    piece_.clear();
    if (read_ == pieces_.size()) return false;
    const Piece& piece = pieces_[read_++];
    const auto taken = std::max<std::uint64_t>(piece.bytes, 64);  // so that rings end
    if (taken > left_) return false;
    left_ -= taken;
    piece_ = file_.at(piece.address, static_cast<Index>(piece.bytes));
    return true;
  }

  const File& file_;
  bool second_ = false;
  Index fields_ = 0, position_ = 0;
  std::uint64_t left_ = kMostHeader;
  std::vector<Piece> pieces_;
  std::size_t read_ = 0;
  std::string piece_;
};

// The values of an attribute, where this is its message.
std::optional<std::string> values_of(const std::string& message, std::string_view name) {
  const std::uint64_t version = hdf5_number(message, 0, 1);
  const auto size = [&](Index at) { return static_cast<Index>(hdf5_number(message, at, 2)); };
  const auto placed = [&](Index bytes) { return version == 1 ? aligned(bytes) : bytes; };
  const Index fields = version == 3 ? 9 : 8, name_bytes = size(2);
  const Index values = fields + placed(name_bytes) + placed(size(4)) + placed(size(6));
  if (version < 1 || version > 3 || values > static_cast<Index>(message.size()))
    return std::nullopt;
  const auto at = static_cast<std::size_t>(fields);
  const std::string found = message.substr(at, static_cast<std::size_t>(name_bytes));
  if (found.substr(0, found.find('\0')) != name) return std::nullopt;
  return message.substr(static_cast<std::size_t>(values));
}

// One of the texts that share a collection.
std::optional<std::string> text_in(const File& file, std::uint64_t collection, std::uint64_t number,
                                   Index bytes) {
  const Index fields = aligned(8 + file.superblock.length);  // of the collection, and of each text
  const std::string head = file.at(collection, fields);
  const std::uint64_t room = file.length_in(head, 8);
  if (!head.starts_with("GCOL") || room > static_cast<std::uint64_t>(file.input.size()))
    return std::nullopt;
  Index at = fields;
  for (Index texts = 0; texts < kMostTexts && at + fields <= static_cast<Index>(room); ++texts) {
    const std::string head_of_text = file.at(collection + static_cast<std::uint64_t>(at), fields);
    const std::uint64_t found = hdf5_number(head_of_text, 0, 2);
    const std::uint64_t size = file.length_in(head_of_text, 8);
    if (found == 0 || size > room - static_cast<std::uint64_t>(at + fields)) break;
    if (found == number) {
      if (size < static_cast<std::uint64_t>(bytes)) break;
      std::string text = file.at(collection + static_cast<std::uint64_t>(at + fields), bytes);
      return text.substr(0, text.find('\0'));
    }
    at += fields + aligned(static_cast<Index>(size));
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> read_hdf5_texts(const InputFile& input, std::uint64_t header,
                                         std::string_view name, int count, Index most) {
  const File file{input, read_hdf5_superblock(input)};
  Messages messages(file, header);
  std::optional<std::string> values;
  while (!values) {
    const auto message = messages.next();
    if (!message) return {};
    if (message->kind != kAttribute || (message->flags & kShared) != 0) continue;
    values = values_of(message->content, name);
  }
  const Index step = 4 + file.superblock.address + 4;  // length, collection, number within it
  if (static_cast<Index>(values->size()) < count * step) return {};
  std::vector<std::string> texts;
  for (Index at = 0; at < count * step; at += step) {
    const auto bytes = static_cast<Index>(hdf5_number(*values, at, 4));
    const std::uint64_t collection = file.address_in(*values, at + 4);
    const std::uint64_t number = hdf5_number(*values, at + 4 + file.superblock.address, 4);
    if (bytes > most) return {};
    const auto text = bytes ? text_in(file, collection, number, bytes) : std::string();
    if (!text) return {};
    texts.push_back(*text);
  }
  return texts;
}

}  // namespace faltung
