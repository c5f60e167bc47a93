// What the attributes in an OpenEXR file's headers claim, before the library takes memory for it.
//
// After the mark and the version stand attributes: name, 0, type, 0, size, value; an empty name
// ends the header, an empty header those of a file of several parts ("OpenEXR File Layout", ILM,
// 2013). The library reads many values without regard to their size, and then takes whatever
// follows for an attribute: such a size is refused.
#include "engine/io/openexr_attributes.h"

#include <algorithm>
#include <cstdint>

namespace faltung {
namespace {

constexpr Index kFirstHeader = 8;           // behind the mark and the version
constexpr unsigned kSeveralParts = 0x1000;  // of the version's bits
constexpr Index kMostName = 256;            // with its 0
constexpr Index kChannelBytes = 16;         // behind a channel's name

struct Fixed {
  const char* type;
  Index bytes;
};
constexpr Fixed kFixed[] = {{"box2f", 16},         {"box2i", 16},    {"chromaticities", 32},
                            {"compression", 1},    {"double", 8},    {"envmap", 1},
                            {"deepImageState", 1}, {"float", 4},     {"int", 4},
                            {"keycode", 28},       {"lineOrder", 1}, {"m33d", 72},
                            {"m33f", 36},          {"m44d", 128},    {"m44f", 64},
                            {"rational", 8},       {"tiledesc", 9},  {"timecode", 8},
                            {"v2d", 16},           {"v2f", 8},       {"v2i", 8},
                            {"v3d", 24},           {"v3f", 12},      {"v3i", 12}};

class Headers {
 public:
  explicit Headers(const InputFile& file) : file_(file), at_(kFirstHeader) {}

  void check() {
    const bool several = (number(4) & kSeveralParts) != 0;
    while (check_one() && several) {
    }
  }

 private:
  // False: it was empty.
  bool check_one() {
    Index attributes = 0;
    for (std::string name = word(); !name.empty(); name = word(), ++attributes) {
      const std::string type = word();
      const auto size = static_cast<std::int32_t>(number(at_));
      at_ += 4;
      const Index there = file_.size() - at_;
      if (size < 0 || size > there) refuse(name, type, size, std::to_string(there) + " are there");
      const Index needed = bytes_of(type, size);
      if (needed != size) refuse(name, type, size, "it takes " + std::to_string(needed));
      at_ += size;
    }
    return attributes > 0;
  }

  Index bytes_of(const std::string& type, Index size) {
    if (type == "floatvector") return size / 4 * 4;
    if (type == "chlist") return channel_bytes();
    const auto* row = std::find_if(std::begin(kFixed), std::end(kFixed),
                                   [&](const Fixed& fixed) { return type == fixed.type; });
    return row == std::end(kFixed) ? size : row->bytes;
  }

  // Of a list that begins here.
  Index channel_bytes() {
    const Index begin = at_;
    while (!word().empty()) at_ += kChannelBytes;
    const Index bytes = at_ - begin;
    at_ = begin;
    return bytes;
  }

  std::string word() {
    const std::string bytes = file_.bytes_at(at_, kMostName);
    const auto end = bytes.find('\0');
    if (end == bytes.npos) file_.fail("truncated or corrupt OpenEXR: a header without an end");
    at_ += static_cast<Index>(end) + 1;
    return bytes.substr(0, end);
  }

  std::uint32_t number(Index at) const {
    const std::string bytes = file_.bytes_at(at, 4);
    if (bytes.size() < 4) file_.fail("truncated or corrupt OpenEXR: the file ends in a header");
    std::uint32_t value = 0;
    for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  }

  [[noreturn]] void refuse(const std::string& name, const std::string& type, Index stated,
                           const std::string& otherwise) const {
    file_.fail("truncated or corrupt OpenEXR: header states an attribute '" + name + "' (" + type +
               ") of " + std::to_string(stated) + " bytes, " + otherwise);
  }

  const InputFile& file_;
  Index at_;
};

}  // namespace

void refuse_impossible_exr_attributes(const InputFile& file) { Headers(file).check(); }

}  // namespace faltung
