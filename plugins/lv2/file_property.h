// A file as a property of the plugin, by the patch protocol: hosts set it, ask for it and are told.
//
//   patch:Set {property, value: atom:Path}   asks for a file; an empty path for none
//   patch:Get {property} or {}               asks which one it is
//   the plugin answers with patch:Set, and with patch:Put where a wish was not granted
//
// Everything here belongs to the audio thread.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "plugins/lv2/host.h"

namespace faltung::lv2 {

// A path with an end, of a fixed size: audio threads may copy it.
struct FilePath {
  static constexpr std::size_t kMost = 3968;  // hosts hand on about 4096 bytes in one message
  std::array<char, kMost + 1> text{};

  // False, and unchanged, where it is longer than kMost.
  bool assign(std::string_view path) noexcept;
  std::string_view view() const noexcept { return text.data(); }
};

class FileProperty {
 public:
  // `property` is its URI; `plugin` the plugin's, which messages may name as their subject.
  FileProperty(const Host& host, const char* plugin, const char* property);

  // What the messages of a run ask for. True: *wanted is to be loaded.
  bool read(const LV2_Atom_Sequence* messages, FilePath* wanted) noexcept;

  enum class News { granted, refused };
  void tell(const FilePath& current, News news) noexcept;
  void refuse() noexcept { due_ = urids_.patch_put; }  // what is, remains

  // Once a run: writes the answers that are due, or an empty sequence.
  void write(LV2_Atom_Sequence* answers) noexcept;

 private:
  bool read_one(const LV2_Atom_Object* message, FilePath* wanted) noexcept;
  bool concerns(const LV2_Atom* atom, LV2_URID what) const noexcept;
  void write_answer(LV2_URID kind) noexcept;

  const Urids& urids_;
  LV2_URID plugin_, property_;
  LV2_Atom_Forge forge_{};
  FilePath current_;
  LV2_URID due_ = 0;  // patch:Set, patch:Put or none
};

}  // namespace faltung::lv2
