// NRRD arrays written: .nrrd, and .nhdr with its data beside it, from the input's header or none.
#include <algorithm>
#include <optional>

#include "engine/io/containers.h"
#include "engine/io/nrrd_fields.h"
#include "engine/io/nrrd_header.h"
#include "engine/io/samples.h"
#include "engine/io/text_header.h"

namespace faltung {
namespace {

using Role = NrrdAxis::Role;

// Fields in the order in which a new header has them.
struct Field {
  const char* name;   // as written
  std::string value;  // empty: the field is left out
};

std::string quoted(const std::string& text) { return '"' + text + '"'; }

// Axes one after the other, separated by spaces.
template <class Text>
std::string for_each_axis(const std::vector<NrrdAxis>& axes, Text&& text) {
  std::string line;
  for (const NrrdAxis& axis : axes) line += (line.empty() ? "" : " ") + text(axis);
  return line;
}

class HeaderWriter {
 public:
  HeaderWriter(const std::string& path, const Format& format, const Encoding& like,
               std::string data_file)
      : format_(format), like_(like), data_file_(std::move(data_file)) {
    const Description* d = like.description.get();
    if (d && d->container == "nrrd") kept_ = parse_nrrd(path, d->header);
    as_before_ = kept_ && kept_->extent_of(Role::channels) == format.channels &&
                 kept_->extent_of(Role::items) == like.items &&
                 kept_->spatial_rank() == format.spatial_rank();
    if (as_before_) {
      layout_ = kept_->layout(path);
    } else {
      layout_.together = format.channels;
    }
    layout_.sample = array_sample(format, like);
    layout_.swapped = kept_ && kept_->swapped && bytes_of(layout_.sample) > 1;
    layout_.packing = kept_ ? kept_->packing : Packing::none;
  }

  const VoxelLayout& layout() const { return layout_; }

  std::string bytes(Index extent) const {
    const std::vector<NrrdAxis> axes = axes_for(extent);
    const std::vector<Field> fields = fields_for(axes);
    std::string text = kept_ ? kept_lines(fields) : "NRRD0005\n";
    for (const Field& field : fields) {
      const bool there = kept_ && has(like_.description->header, field.name);
      if (!there && !field.value.empty())
        text += std::string(field.name) + ": " + field.value + '\n';
    }
    if (!kept_ && like_.description) {
      for (const auto& [key, value] : like_.description->entries) {
        if (key != "content" && value.find('\n') == value.npos) text += key + ":=" + value + '\n';
      }
    }
    return text + (data_file_.empty() ? "\n" : "data file: " + data_file_ + '\n');
  }

 private:
  // The fastest first.
  std::vector<NrrdAxis> axes_for(Index extent) const {
    std::vector<NrrdAxis> axes;
    if (as_before_) {
      axes = kept_->axes;
    } else {
      if (format_.channels > 1) axes.push_back({format_.channels, Role::channels, channel_kind()});
      axes.resize(axes.size() + static_cast<std::size_t>(format_.spatial_rank()));
      for (NrrdAxis& axis : axes) axis.kind = axis.role == Role::space ? "domain" : axis.kind;
      if (like_.items > 1) axes.push_back({like_.items, Role::items, "time"});
    }
    int inner = format_.inner.rank();
    for (NrrdAxis& axis : axes) {
      if (axis.role == Role::space) axis.extent = --inner < 0 ? extent : format_.inner[inner];
    }
    if (like_.description) describe(axes);
    return axes;
  }

  std::string channel_kind() const {
    const bool counts =
        layout_.sample == Encoding::Sample::u8 || layout_.sample == Encoding::Sample::u16;
    if (counts && format_.channels == 3) return "RGB-color";
    if (counts && format_.channels == 4) return "RGBA-color";
    return "list";
  }

  void describe(std::vector<NrrdAxis>& axes) const {
    const Description& d = *like_.description;
    std::size_t left = d.space.size();
    int col = 0;
    for (NrrdAxis& axis : axes) {
      if (axis.role == Role::space && left > 0) {
        const FileAxis& from = d.space[--left];
        axis.spacing = from.spacing;
        axis.origin = from.origin;
        axis.unit = from.unit;
        axis.direction = direction(col++);
      } else if (axis.role == Role::items && !as_before_ && d.items.size() == 1) {
        axis.spacing = d.items[0].spacing;
        axis.origin = d.items[0].origin;
        axis.unit = d.items[0].unit;
      }
    }
  }

  // The affine in the space that is written; none where there is no affine.
  std::optional<Affine> affine() const {
    const auto& ras = like_.description ? like_.description->affine : std::nullopt;
    if (!ras || format_.spatial_rank() < 2 || format_.spatial_rank() > 3) return std::nullopt;
    return in_nrrd_space(*ras, space());
  }

  // An image in a plane of its own has a space of two axes, as ITK writes it.
  bool is_flat() const {
    const auto& ras = like_.description ? like_.description->affine : std::nullopt;
    if (!ras || format_.spatial_rank() != 2) return false;
    const Affine& a = *ras;
    return entry(a, 2, 0) == 0 && entry(a, 2, 1) == 0 && entry(a, 2, 3) == 0;
  }

  std::string space() const {
    if (kept_) return kept_->space;
    return is_flat() ? "" : "right-anterior-superior";
  }

  int space_rank() const { return kept_ ? kept_->space_rank : is_flat() ? 2 : 3; }

  std::vector<double> direction(int col) const {
    const auto a = affine();
    std::vector<double> result;
    for (int row = 0; a && row < space_rank(); ++row) {
      result.push_back(row < 3 ? entry(*a, row, col) : 0);
    }
    return result;
  }

  static std::string vector_text(const std::vector<double>& numbers) {
    std::string text;
    for (double x : numbers) text += (text.empty() ? "(" : ",") + text_of(x);
    return text + ')';
  }

  std::vector<Field> fields_for(const std::vector<NrrdAxis>& axes) const {
    const auto list = [&](auto&& text) { return for_each_axis(axes, text); };
    std::vector<Field> fields = {
        {"type", nrrd_type(layout_.sample)},
        {"dimension", std::to_string(axes.size())},
        {"sizes", list([](const NrrdAxis& a) { return std::to_string(a.extent); })},
        {"encoding", layout_.packing == Packing::none ? "raw" : "gzip"},
        {"endian", bytes_of(layout_.sample) == 1 ? ""
                   : layout_.swapped             ? "big"
                                                 : "little"},
        {"kinds", kinds_of(axes)},
    };
    affine() ? add_directions(axes, fields) : add_spacings(axes, fields);
    if (!kept_ && like_.description && like_.description->entries.contains("content")) {
      fields.push_back({"content", like_.description->entries.at("content")});
    }
    return fields;
  }

  static std::string kinds_of(const std::vector<NrrdAxis>& axes) {
    const bool some =
        std::any_of(axes.begin(), axes.end(), [](const NrrdAxis& a) { return !a.kind.empty(); });
    if (!some) return "";
    return for_each_axis(axes, [](const NrrdAxis& a) { return a.kind.empty() ? "???" : a.kind; });
  }

  void add_directions(const std::vector<NrrdAxis>& axes, std::vector<Field>& fields) const {
    if (!kept_) {
      fields.insert(fields.begin() + 2, is_flat()
                                            ? Field{"space dimension", std::to_string(space_rank())}
                                            : Field{"space", space()});
    }
    const Affine world = *affine();
    std::vector<double> origin;
    for (int row = 0; row < space_rank(); ++row) {
      origin.push_back(row < 3 ? entry(world, row, 3) : 0);
    }
    // An unchanged place keeps its words.
    const bool moved = !kept_ || kept_->affine() != like_.description->affine;
    if (moved) {
      fields.push_back({"space directions", for_each_axis(axes, [](const NrrdAxis& a) {
                          return a.direction.empty() ? "none" : vector_text(a.direction);
                        })});
      fields.push_back({"space origin", vector_text(origin)});
    }
    if (kept_) return;
    add_times(axes, fields);
    std::string units;
    for (const NrrdAxis& a : axes) {
      if (a.role == Role::space) units = a.unit;
    }
    if (units.empty()) return;
    std::string all;
    for (int i = 0; i < space_rank(); ++i) all += (i ? " " : "") + quoted(units);
    fields.push_back({"space units", all});
  }

  // Where the axes of space have directions, the others alone have spacings.
  static void add_times(const std::vector<NrrdAxis>& axes, std::vector<Field>& fields) {
    const bool times = std::any_of(axes.begin(), axes.end(), [](const NrrdAxis& a) {
      return a.role == Role::items && (a.spacing != 1 || !a.unit.empty());
    });
    if (!times) return;
    fields.push_back({"spacings", for_each_axis(axes, [](const NrrdAxis& a) {
                        return a.role == Role::items ? text_of(a.spacing) : "nan";
                      })});
    fields.push_back({"units", for_each_axis(axes, [](const NrrdAxis& a) {
                        return quoted(a.role == Role::items ? a.unit : "");
                      })});
  }

  void add_spacings(const std::vector<NrrdAxis>& axes, std::vector<Field>& fields) const {
    const auto some = [&](auto&& wanted) { return std::any_of(axes.begin(), axes.end(), wanted); };
    if (some([](const NrrdAxis& a) { return a.spacing != 1; })) {
      fields.push_back({"spacings", for_each_axis(axes, [](const NrrdAxis& a) {
                          return a.role == Role::channels ? "nan" : text_of(a.spacing);
                        })});
    }
    if (some([](const NrrdAxis& a) { return a.origin != 0; })) {
      fields.push_back({"axis mins", for_each_axis(axes, [](const NrrdAxis& a) {
                          return a.role == Role::channels ? "nan" : text_of(a.origin);
                        })});
    }
    if (some([](const NrrdAxis& a) { return !a.unit.empty(); })) {
      fields.push_back(
          {"units", for_each_axis(axes, [](const NrrdAxis& a) { return quoted(a.unit); })});
    }
  }

  static bool has(const std::string& header, const char* name) {
    for (std::size_t at = 0; at < header.size(); at = header.find('\n', at) + 1) {
      const std::string line = header.substr(at, header.find('\n', at) - at);
      if (line.find(":=") == line.npos &&
          nrrd_field(line.substr(0, line.find(':'))) == nrrd_field(name)) {
        return true;
      }
    }
    return false;
  }

  // The input's lines, with what has changed; what no longer holds is left out.
  std::string kept_lines(const std::vector<Field>& fields) const {
    const std::string& header = like_.description->header;
    std::string text;
    for (std::size_t at = 0; at < header.size(); at = header.find('\n', at) + 1) {
      const std::string line = header.substr(at, header.find('\n', at) - at);
      const bool plain = line[0] != '#' && line.find(":=") == line.npos && at > 0;
      text += plain ? kept_line(line, fields) : line + '\n';
    }
    return text;
  }

  std::string kept_line(const std::string& line, const std::vector<Field>& fields) const {
    const std::string name = nrrd_field(line.substr(0, line.find(':')));
    if (name == "type" && kept_->sample == layout_.sample) return line + '\n';
    if (name == "kinds" && as_before_) return line + '\n';
    for (const Field& field : fields) {
      if (nrrd_field(field.name) != name) continue;
      return field.value.empty() ? "" : line.substr(0, line.find(':')) + ": " + field.value + '\n';
    }
    constexpr const char* kGone[] = {"datafile", "byteskip", "lineskip", "number",   "min",
                                     "max",      "oldmin",   "oldmax",   "axismaxs", "blocksize"};
    constexpr const char* kOfAxes[] = {"labels",          "units",    "centers", "thicknesses",
                                       "spacedirections", "spacings", "axismins"};
    const auto among = [&](auto& names) {
      return std::find(std::begin(names), std::end(names), name) != std::end(names);
    };
    if (among(kGone) || (among(kOfAxes) && !as_before_)) return "";
    return line + '\n';
  }

  Format format_;
  Encoding like_;
  std::string data_file_;
  std::optional<NrrdHeader> kept_;
  bool as_before_ = false;  // the axes are the kept header's
  VoxelLayout layout_;
};

std::string beside_header(const std::string& path, Packing packing) {
  const std::string stem = path.substr(0, path.size() - std::string(".nhdr").size());
  return stem + (packing == Packing::none ? ".raw" : ".raw.gz");
}

}  // namespace

std::unique_ptr<Sink> create_nrrd(const Container&, const std::string& path, const Format& format,
                                  const Encoding& like) {
  const bool detached = extension_of(path) == ".nhdr";
  const Packing packing = HeaderWriter(path, format, like, "").layout().packing;
  const std::string data_path = detached ? beside_header(path, packing) : "";
  const HeaderWriter header(path, format, like, data_path.substr(data_path.rfind('/') + 1));
  return create_voxels({header.layout(), path, data_path, false,
                        [header](Index extent, Index) { return header.bytes(extent); }},
                       format, like);
}

}  // namespace faltung
