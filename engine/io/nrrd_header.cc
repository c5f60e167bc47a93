// The header of an NRRD file: its axes by what becomes of them, its numbers, its place in the
// world.
#include "engine/io/nrrd_header.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "engine/io/nrrd_fields.h"
#include "engine/io/samples.h"
#include "engine/io/text_header.h"

namespace faltung {
namespace {

using Role = NrrdAxis::Role;
using Sample = Encoding::Sample;

class Parser {
 public:
  explicit Parser(const std::string& path) : path_(path) {}

  NrrdHeader parse(const std::string& text) {
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      line(trimmed(std::string_view(text).substr(begin, end - begin)), begin == 0);
      begin = end + 1;
    }
    header_.sample = sample();
    read_encoding();
    read_axes();
    give_roles();
    header_.data_file = field("datafile");
    if (has("byteskip")) header_.byte_skip = integer_of(path_, "byte skip", field("byteskip"));
    if (header_.byte_skip < -1) fail("byte skip: allowed are -1 and more");
    if (has("lineskip") && integer_of(path_, "line skip", field("lineskip")) != 0) {
      fail("line skip: only 0 is read");
    }
    header_.content = field("content");
    return std::move(header_);
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(Code::input, path_ + ": NRRD: " + why);
  }
  bool has(const char* name) const { return fields_.contains(name); }
  std::string field(const char* name) const { return has(name) ? fields_.at(name) : ""; }

  void line(const std::string& text, bool first) {
    if (first || text.empty() || text[0] == '#') return;
    const std::size_t pair = text.find(":="), colon = text.find(": ");
    if (pair != text.npos && pair < colon) {
      header_.entries[text.substr(0, pair)] = text.substr(pair + 2);
      return;
    }
    const std::size_t end = text.find(':');
    if (end == text.npos) fail("no field in the line '" + text.substr(0, 40) + "'");
    const std::string name = nrrd_field(text.substr(0, end));
    const std::string value = trimmed(std::string_view(text).substr(end + 1));
    if (!fields_.emplace(name, value).second) fail("'" + name + "' is stated twice");
  }

  Sample sample() const {
    const std::string type = small_letters(field("type"));
    const Sample found = nrrd_sample(type);
    if (found != Sample::none) return found;
    fail("numbers of type '" + type +
         "'; integers of 8 and 16 bits, int, float and double are read");
  }

  void read_encoding() {
    const std::string encoding = small_letters(field("encoding"));
    if (encoding == "gzip" || encoding == "gz") {
      header_.packing = Packing::gzip;
    } else if (encoding != "raw") {
      fail("encoding '" + encoding + "'; raw and gzip are read");
    }
    const std::string endian = small_letters(field("endian"));
    if (endian != "little" && endian != "big" && bytes_of(header_.sample) > 1) {
      fail("endian '" + endian + "'; allowed are little and big");
    }
    header_.swapped = bytes_of(header_.sample) > 1 &&
                      (endian == "big") == (std::endian::native == std::endian::little);
  }

  void read_axes() {
    const Index rank = integer_of(path_, "dimension", field("dimension"));
    if (rank < 1 || rank > kMaxRank) {
      fail("dimension " + std::to_string(rank) + "; allowed are 1 to " + std::to_string(kMaxRank));
    }
    header_.axes.resize(static_cast<std::size_t>(rank));
    each("sizes", [&](NrrdAxis& axis, const std::string& text) {
      axis.extent = integer_of(path_, "sizes", text);
      if (axis.extent < 1) fail("sizes: " + text + "; allowed are 1 and more");
    });
    if (!has("sizes")) fail("no sizes");
    refuse_overflow();
    const auto name = [](std::string NrrdAxis::*member) {
      return [member](NrrdAxis& axis, const std::string& text) { axis.*member = text; };
    };
    each("kinds", name(&NrrdAxis::kind));
    each("labels", name(&NrrdAxis::label));
    each("units", name(&NrrdAxis::unit));
    each("spacings", [&](NrrdAxis& axis, const std::string& text) {
      const double spacing = number_of(path_, "spacings", text);
      if (std::isfinite(spacing) && spacing != 0) axis.spacing = std::abs(spacing);
    });
    each("axismins", [&](NrrdAxis& axis, const std::string& text) {
      const double origin = number_of(path_, "axis mins", text);
      if (std::isfinite(origin)) axis.origin = origin;
    });
    read_space();
  }

  void refuse_overflow() const {
    Shape claim;
    for (const NrrdAxis& axis : header_.axes) claim.push_back(axis.extent);
    try {
      checked_product(claim);
    } catch (const Error&) {
      fail("sizes " + claim.text() + ", more than any file can hold");
    }
  }

  void read_space() {
    header_.space = small_letters(field("space"));
    header_.space_rank = nrrd_space_rank(header_.space);
    if (header_.space_rank < 0) fail("space '" + header_.space + "' is unknown");
    if (has("spacedimension")) {
      const Index rank = integer_of(path_, "space dimension", field("spacedimension"));
      if (rank < 1 || rank > kMaxRank) fail("space dimension " + std::to_string(rank));
      header_.space_rank = static_cast<int>(rank);
    }
    if (header_.space_rank == 0) return;
    each("spacedirections", [&](NrrdAxis& axis, const std::string& text) {
      if (text == "none") return;
      axis.direction = vector(text);
      double square = 0;
      for (double x : axis.direction) square += x * x;
      if (square > 0) axis.spacing = std::sqrt(square);
    });
    header_.origin.assign(static_cast<std::size_t>(header_.space_rank), 0.0);
    if (has("spaceorigin")) header_.origin = vector(field("spaceorigin"));
    // One unit for all of them is what any reader would show.
    const auto units = parts_of(field("spaceunits"));
    for (NrrdAxis& axis : header_.axes) {
      if (!axis.direction.empty() && axis.unit.empty() && !units.empty()) axis.unit = units[0];
    }
  }

  std::vector<double> vector(const std::string& text) const {
    std::vector<double> result;
    std::string plain = text;
    for (char& c : plain) c = c == '(' || c == ')' || c == ',' ? ' ' : c;
    for (const std::string& word : words_of(plain)) {
      result.push_back(number_of(path_, "space", word));
      if (!std::isfinite(result.back())) fail("space: " + text + " is not finite");
    }
    if (std::ssize(result) != header_.space_rank) {
      fail("space: " + text + " has " + std::to_string(result.size()) + " numbers, the space " +
           std::to_string(header_.space_rank));
    }
    return result;
  }

  // Words, "quoted words" and (vectors, of numbers).
  std::vector<std::string> parts_of(const std::string& text) const {
    std::vector<std::string> parts;
    for (std::size_t at = text.find_first_not_of(" \t"); at < text.size();
         at = text.find_first_not_of(" \t", at)) {
      const char open = text[at];
      const bool closes = open == '"' || open == '(';
      std::size_t end = closes ? text.find(open == '"' ? '"' : ')', at + 1)
                               : std::min(text.find_first_of(" \t", at), text.size());
      if (end == text.npos) fail("'" + text.substr(at, 40) + "' is not closed");
      if (open == '"') {
        parts.push_back(text.substr(at + 1, end - at - 1));
      } else {
        parts.push_back(text.substr(at, end - at + (closes ? 1 : 0)));
      }
      at = end + (closes ? 1 : 0);
    }
    return parts;
  }

  template <class Take>
  void each(const char* name, Take&& take) {
    if (!has(name)) return;
    const auto parts = parts_of(field(name));
    if (parts.size() != header_.axes.size()) {
      fail(std::string(name) + ": " + std::to_string(parts.size()) + " given, the array has " +
           std::to_string(header_.axes.size()) + " axes");
    }
    for (std::size_t i = 0; i < parts.size(); ++i) take(header_.axes[i], parts[i]);
  }

  void give_roles() {
    bool in_space = false;  // an axis of space came before
    for (NrrdAxis& axis : header_.axes) {
      const std::string kind = small_letters(axis.kind);
      const bool unstated = kind.empty() || kind == "???" || kind == "none";
      const bool placed = header_.space_rank == 0 || !axis.direction.empty();
      axis.role = Role::channels;
      if (kind == "domain" || kind == "space" || (unstated && placed)) axis.role = Role::space;
      if (in_space && (kind == "time" || (unstated && !placed))) axis.role = Role::items;
      in_space |= axis.role == Role::space;
    }
    // Many volumes one after the other are no channels.
    const auto after = std::find_if(header_.axes.begin(), header_.axes.end(),
                                    [](const NrrdAxis& a) { return a.role == Role::space; });
    for (auto axis = after; axis != header_.axes.end(); ++axis) {
      if (axis->role == Role::channels && axis->extent > kMostPlanes) axis->role = Role::items;
    }
  }

  const std::string& path_;
  NrrdHeader header_;
  std::map<std::string, std::string> fields_;
};

}  // namespace

int NrrdHeader::spatial_rank() const {
  return static_cast<int>(std::count_if(
      axes.begin(), axes.end(), [](const NrrdAxis& axis) { return axis.role == Role::space; }));
}

Index NrrdHeader::extent_of(Role role) const {
  Index product = 1;
  for (const NrrdAxis& axis : axes) product *= axis.role == role ? axis.extent : 1;
  return product;
}

VoxelLayout NrrdHeader::layout(const std::string& path) const {
  VoxelLayout result;
  result.sample = sample;
  result.swapped = swapped;
  result.packing = packing;
  std::vector<Role> runs;  // of axes with the same role
  bool before_space = true;
  for (const NrrdAxis& axis : axes) {
    if (runs.empty() || runs.back() != axis.role) runs.push_back(axis.role);
    before_space &= axis.role != Role::space;
    if (axis.role == Role::channels)
      (before_space ? result.together : result.planes) *= axis.extent;
  }
  const auto first = std::find(runs.begin(), runs.end(), Role::space);
  const std::set<Role> behind(first, runs.end());
  if (behind.size() != static_cast<std::size_t>(runs.end() - first)) {
    throw Error(Code::input, path +
                                 ": NRRD: its channels or times lie between axes of space; "
                                 "before or behind them they are read");
  }
  result.items_inside = runs.end() - first > 1 && *(first + 1) == Role::items;
  return result;
}

std::optional<Affine> NrrdHeader::affine() const {
  const int rank = spatial_rank();
  if (space_rank < 2 || rank > 3) return std::nullopt;
  Affine result = from_spacing({1, 1, 1}, {0, 0, 0});
  int col = 0;
  for (const NrrdAxis& axis : axes) {
    if (axis.role != Role::space) continue;
    if (axis.direction.empty()) return std::nullopt;
    for (int row = 0; row < 3; ++row) {
      const auto at = static_cast<std::size_t>(row);
      entry(result, row, col) = row < space_rank ? axis.direction[at] : 0;
      entry(result, row, 3) = row < space_rank ? origin[at] : 0;
    }
    ++col;
  }
  return in_nrrd_space(result, space);
}

NrrdHeader parse_nrrd(const std::string& path, const std::string& text) {
  return Parser(path).parse(text);
}

}  // namespace faltung
