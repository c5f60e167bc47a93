// MetaImage volumes written: .mha, and .mhd with its data beside it, from the input's header or
// none.
#include <algorithm>
#include <utility>

#include "engine/io/containers.h"
#include "engine/io/metaimage_fields.h"
#include "engine/io/place.h"
#include "engine/io/samples.h"
#include "engine/io/text_header.h"

namespace faltung {
namespace {

using Field = std::pair<std::string, std::string>;

constexpr std::size_t kSizeDigits = 19;  // room for CompressedDataSize, known at the end

class HeaderWriter {
 public:
  HeaderWriter(const Format& format, const Encoding& like, std::string data_file)
      : format_(format), like_(like), data_file_(std::move(data_file)) {
    if (like.description && like.description->container == "metaimage") {
      read_kept(like.description->header);
    } else if (like.description) {
      Description in_mm = *like.description;  // as ITK takes them to be
      convert_space(in_mm, "mm");
      like_.description = std::make_shared<const Description>(std::move(in_mm));
    }
    layout_.sample = array_sample(format, like);
    layout_.swapped = kept("BinaryDataByteOrderMSB").starts_with('T');
    layout_.packing = kept("CompressedData").starts_with('T') ? Packing::zlib : Packing::none;
    layout_.together = format.channels;
  }

  const VoxelLayout& layout() const { return layout_; }

  // `packed` is the size of the data; the length of the header does not depend on it.
  std::string bytes(Index extent, Index packed) const {
    std::vector<Field> fields = fields_for(extent, packed);
    std::string text;
    if (kept("ObjectType").empty()) text = line(std::exchange(fields.front(), {}));
    for (const Field& old : kept_) {
      const auto now = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& field) { return field.first == old.first; });
      if (now != fields.end()) {
        if (!now->second.empty()) text += line(*now);
        fields.erase(now);
      } else if (!is_metaimage_layout(old.first)) {
        text += line(old);
      }
    }
    for (const Field& field : fields) {
      if (!field.second.empty()) text += line(field);
    }
    return text + line({"ElementDataFile", data_file_.empty() ? "LOCAL" : data_file_});
  }

 private:
  static std::string line(const Field& field) { return field.first + " = " + field.second + '\n'; }

  void read_kept(const std::string& header) {
    for (std::size_t at = 0; at < header.size(); at = header.find('\n', at) + 1) {
      const std::string text = header.substr(at, header.find('\n', at) - at);
      const std::size_t equals = text.find('=');
      if (equals == text.npos) continue;
      kept_.emplace_back(metaimage_field(trimmed(text.substr(0, equals))),
                         trimmed(text.substr(equals + 1)));
    }
  }

  std::string kept(const std::string& name) const {
    for (const auto& [field, value] : kept_) {
      if (field == name) return value;
    }
    return "";
  }

  bool has_times() const {
    return like_.items > 1 || (kept("NDims") == "4" && format_.spatial_rank() == 3);
  }

  std::vector<Field> fields_for(Index extent, Index packed) const {
    const bool is_packed = layout_.packing != Packing::none;
    std::string size = is_packed ? std::to_string(packed) : "";
    size.resize(is_packed ? kSizeDigits : 0, ' ');
    std::vector<Field> fields = {
        {"ObjectType", "Image"},
        {"NDims", std::to_string(format_.spatial_rank() + (has_times() ? 1 : 0))},
        {"BinaryData", "True"},
        {"BinaryDataByteOrderMSB", layout_.swapped ? "True" : "False"},
        {"CompressedData", is_packed ? "True" : "False"},
        {"CompressedDataSize", size},
    };
    place(fields);
    fields.emplace_back("DimSize", extents(extent));
    const Index channels = format_.channels;
    const bool states = channels > 1 || !kept("ElementNumberOfChannels").empty();
    fields.emplace_back("ElementNumberOfChannels", states ? std::to_string(channels) : "");
    const auto comment = comment_of();
    if (kept_.empty() && !comment.empty()) fields.emplace_back("Comment", comment);
    fields.emplace_back("ElementType", metaimage_type(layout_.sample));
    return fields;
  }

  std::string extents(Index extent) const {
    std::string text;
    for (int axis = format_.inner.rank() - 1; axis >= 0; --axis) {
      text += std::to_string(format_.inner[axis]) + ' ';
    }
    return text + std::to_string(extent) + (has_times() ? ' ' + std::to_string(like_.items) : "");
  }

  std::string comment_of() const {
    if (!like_.description) return "";
    for (const char* key : {"descrip", "content"}) {
      const auto found = like_.description->entries.find(key);
      if (found != like_.description->entries.end()) return found->second;
    }
    return "";
  }

  // Directions, origin and spacing; an unchanged place keeps its words.
  void place(std::vector<Field>& fields) const {
    const std::size_t rank = static_cast<std::size_t>(format_.spatial_rank());
    std::vector<double> spacing = spacings(rank), origin(rank, 0.0), turn(rank * rank, 0.0);
    for (std::size_t i = 0; i < rank; ++i) turn[i * rank + i] = 1;
    const Description* d = like_.description.get();
    if (d && d->affine) {
      take(*d->affine, spacing, origin, turn);
    } else if (d) {
      for (std::size_t i = 0; i < rank; ++i) origin[i] = d->space[rank - 1 - i].origin;
    }
    if (has_times()) add_time(spacing, origin, turn);
    const bool states = (d && d->affine) ||
                        std::any_of(origin.begin(), origin.end(), [](double x) { return x != 0; });
    if (states) {
      fields.emplace_back("TransformMatrix", text_of_all(turn, "TransformMatrix"));
      fields.emplace_back("Offset", text_of_all(origin, "Offset"));
      if (!kept("CenterOfRotation").empty()) {
        fields.emplace_back("CenterOfRotation", kept("CenterOfRotation"));
      }
    }
    fields.emplace_back("ElementSpacing", text_of_all(spacing, "ElementSpacing"));
  }

  std::vector<double> spacings(std::size_t rank) const {
    std::vector<double> result(rank, 1.0);
    if (!like_.description) return result;
    const auto& space = like_.description->space;
    for (std::size_t i = 0; i < rank; ++i) result[i] = space[rank - 1 - i].spacing;
    return result;
  }

  // From a world in RAS to one in LPS; lengths and directions apart.
  static void take(const Affine& ras, std::vector<double>& spacing, std::vector<double>& origin,
                   std::vector<double>& turn) {
    const Affine lps = other_handed(ras);
    const std::size_t rank = spacing.size();
    const Triple lengths = step_lengths(lps);
    for (std::size_t col = 0; col < rank; ++col) {
      const int c = static_cast<int>(col);
      // What was read as directions times this spacing gives them back exactly.
      const bool as_stated = std::abs(lengths[col] - spacing[col]) <= 1e-6 * spacing[col];
      if (!as_stated && lengths[col] > 0) spacing[col] = lengths[col];
      for (std::size_t row = 0; row < rank; ++row) {
        turn[col * rank + row] = entry(lps, static_cast<int>(row), c) / spacing[col];
      }
      origin[col] = entry(lps, c, 3);
    }
  }

  void add_time(std::vector<double>& spacing, std::vector<double>& origin,
                std::vector<double>& turn) const {
    const auto& d = like_.description;
    const FileAxis time = d && !d->items.empty() ? d->items.back() : FileAxis{};
    spacing.push_back(time.spacing);
    origin.push_back(time.origin);
    std::vector<double> larger(16, 0.0);
    for (std::size_t i = 0; i < 9; ++i) larger[i / 3 * 4 + i % 3] = turn[i];
    larger[15] = 1;
    turn = larger;
  }

  // As the kept header has it, where it means the same.
  std::string text_of_all(const std::vector<double>& numbers, const char* name) const {
    std::string text;
    for (double x : numbers) text += (text.empty() ? "" : " ") + text_of(x);
    const auto old = words_of(kept(name));
    if (old.size() != numbers.size()) return text;
    for (std::size_t i = 0; i < old.size(); ++i) {
      const double before = number_of("", name, old[i]);
      if (std::abs(before - numbers[i]) > 1e-12 * std::max(1.0, std::abs(before))) return text;
    }
    return kept(name);
  }

  Format format_;
  Encoding like_;
  std::string data_file_;
  std::vector<Field> kept_;  // by their present names
  VoxelLayout layout_;
};

std::string beside_header(const std::string& path, Packing packing) {
  const std::string stem = path.substr(0, path.size() - std::string(".mhd").size());
  return stem + (packing == Packing::none ? ".raw" : ".zraw");
}

}  // namespace

std::unique_ptr<Sink> create_metaimage(const Container& container, const std::string& path,
                                       const Format& format, const Encoding& like) {
  require_inner_rank(container, format, 1, 2);
  if (like.items > 1 && format.inner.rank() != 2) {
    throw Error(Code::configuration, "metaimage holds times of volumes; the signal is " +
                                         std::to_string(like.items) + " of " + format.text());
  }
  const Packing packing = HeaderWriter(format, like, "").layout().packing;
  const bool detached = extension_of(path) == ".mhd";
  const std::string data_path = detached ? beside_header(path, packing) : "";
  const HeaderWriter header(format, like, data_path.substr(data_path.rfind('/') + 1));
  return create_voxels(
      {header.layout(), path, data_path, false,
       [header](Index extent, Index packed) { return header.bytes(extent, packed); }},
      format, like);
}

}  // namespace faltung
