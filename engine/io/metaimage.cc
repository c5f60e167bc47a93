// MetaImage volumes (.mha, and .mhd with its data beside it), plain or zlib, slice by slice.
//
// Format: itk.org/Wiki/MetaIO/Documentation. The world is LPS, as ITK's is. A fourth axis is time.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

#include "engine/io/containers.h"
#include "engine/io/metaimage_fields.h"
#include "engine/io/text_header.h"
#include "engine/io/units.h"
#include "engine/io/voxels.h"

namespace faltung {
namespace {

struct Head {
  std::string text;
  std::map<std::string, std::string> fields;  // by their present names
  Index end = 0;                              // where attached data begin

  bool has(const char* name) const { return fields.contains(name); }
  std::string field(const char* name) const { return has(name) ? fields.at(name) : ""; }
  bool is_true(const char* name) const { return small_letters(field(name)).starts_with('t'); }
};

Head read_head(const InputFile& file) {
  HeaderLines lines(file);
  Head head;
  while (const auto line = lines.next()) {
    head.text += *line + '\n';
    const std::size_t equals = line->find('=');
    if (trimmed(*line).empty()) continue;
    if (equals == line->npos)
      file.fail("MetaImage: no field in the line '" + line->substr(0, 40) + "'");
    const std::string name = metaimage_field(trimmed(line->substr(0, equals)));
    const std::string value = trimmed(line->substr(equals + 1));
    if (!head.fields.emplace(name, value).second)
      file.fail("MetaImage: " + name + " is stated twice");
    if (name == "ElementDataFile") break;
  }
  head.end = lines.offset();
  if (!head.has("ElementDataFile")) file.fail("MetaImage: no ElementDataFile");
  return head;
}

std::vector<double> numbers(const InputFile& file, const Head& head, const char* name,
                            std::size_t count, double otherwise) {
  if (!head.has(name)) return std::vector<double>(count, otherwise);
  std::vector<double> result;
  for (const std::string& word : words_of(head.field(name))) {
    result.push_back(number_of(file.path(), name, word));
    if (!std::isfinite(result.back())) file.fail(std::string(name) + " is not finite");
  }
  if (result.size() == count) return result;
  file.fail(std::string("MetaImage: ") + name + ": " + std::to_string(result.size()) +
            " numbers; " + std::to_string(count) + " are needed");
}

// The fastest axis first.
std::vector<Index> read_extents(const InputFile& file, const Head& head) {
  const Index rank = integer_of(file.path(), "NDims", head.field("NDims"));
  if (rank < 2 || rank > 4) {
    file.fail("MetaImage: NDims " + std::to_string(rank) + "; allowed are 2 to 4");
  }
  std::vector<Index> extents;
  Shape claim;
  for (const std::string& word : words_of(head.field("DimSize"))) {
    extents.push_back(integer_of(file.path(), "DimSize", word));
    if (extents.back() < 1) file.fail("DimSize: " + word + "; allowed are 1 and more");
    if (std::ssize(extents) <= rank) claim.push_back(extents.back());
  }
  if (std::ssize(extents) != rank) {
    file.fail("MetaImage: DimSize has " + std::to_string(extents.size()) + " extents, NDims is " +
              std::to_string(rank));
  }
  try {
    checked_product(claim);
  } catch (const Error&) {
    file.fail("DimSize " + claim.text() + ", more than any file can hold");
  }
  return extents;
}

Affine read_affine(const InputFile& file, const Head& head, std::size_t rank,
                   const std::vector<double>& spacing) {
  const auto offset = numbers(file, head, "Offset", rank, 0);
  std::vector<double> turn(rank * rank, 0.0);
  for (std::size_t i = 0; i < rank; ++i) turn[i * rank + i] = 1;
  if (head.has("TransformMatrix")) turn = numbers(file, head, "TransformMatrix", rank * rank, 0);
  Affine lps = from_spacing({1, 1, 1}, {0, 0, 0});
  const std::size_t most = std::min<std::size_t>(rank, 3);
  for (std::size_t col = 0; col < most; ++col) {
    for (std::size_t row = 0; row < most; ++row) {  // an axis' direction after the other
      entry(lps, static_cast<int>(row), static_cast<int>(col)) =
          turn[col * rank + row] * spacing[col];
    }
    entry(lps, static_cast<int>(col), 3) = offset[col];
  }
  return other_handed(lps);
}

Description describe(const InputFile& file, const Head& head, const std::vector<Index>& extents) {
  Description result;
  const std::size_t rank = extents.size();
  const char* stated = head.has("ElementSpacing") ? "ElementSpacing" : "ElementSize";
  std::vector<double> spacing = numbers(file, head, stated, rank, 1);
  for (double& step : spacing) step = step > 0 ? step : 1;
  constexpr std::array kNames{"x", "y", "z"};
  const std::string stated_unit = head.field("DistanceUnits");
  const std::string unit = metres_of(stated_unit) > 0 ? unit_named(stated_unit) : "mm";  // ITK's
  for (std::size_t i = 0; i < std::min<std::size_t>(rank, 3); ++i) {
    result.space.insert(result.space.begin(), {kNames[i], extents[i], spacing[i], 0, unit});
  }
  if (rank > 3) {
    const double origin = numbers(file, head, "Offset", rank, 0)[3];
    result.items.push_back({"t", extents[3], spacing[3], origin, ""});
  }
  if (head.has("Offset") || head.has("TransformMatrix")) {
    result.affine = read_affine(file, head, rank, spacing);
  }
  for (const auto& [name, value] : head.fields) {
    if (!is_metaimage_layout(name)) result.entries[name] = value;
  }
  result.container = "metaimage";
  result.header = head.text;
  return result;
}

VoxelLayout read_layout(const InputFile& file, const Head& head) {
  VoxelLayout layout;
  layout.sample = metaimage_sample(head.field("ElementType"));
  if (layout.sample == Encoding::Sample::none) {
    file.fail("numbers of type '" + head.field("ElementType") +
              "'; MET_ UCHAR, CHAR, USHORT, SHORT, INT, FLOAT and DOUBLE are read");
  }
  if (head.has("BinaryData") && !head.is_true("BinaryData")) {
    file.fail("MetaImage: numbers as text; BinaryData = True is read");
  }
  layout.swapped = head.is_true("BinaryDataByteOrderMSB");
  if (head.has("ElementNumberOfChannels")) {
    layout.together =
        integer_of(file.path(), "ElementNumberOfChannels", head.field("ElementNumberOfChannels"));
    if (layout.together < 1 || layout.together > (1 << 16)) {
      file.fail("ElementNumberOfChannels " + std::to_string(layout.together) +
                "; allowed are 1 to 65536");
    }
  }
  return layout;
}

// Where the numbers begin, in the file that has them, and how they are packed.
void place(const InputFile& file, const InputFile& data, const Head& head, VoxelLayout& layout,
           Index bytes) {
  const bool local = &file == &data;
  const Index skip =
      head.has("HeaderSize") ? integer_of(file.path(), "HeaderSize", head.field("HeaderSize")) : 0;
  if (skip < -1) file.fail("HeaderSize " + std::to_string(skip) + "; allowed are -1 and more");
  layout.begin = local ? head.end : std::max<Index>(skip, 0);
  if (head.is_true("CompressedData")) {
    const bool gzip = data.bytes_at(layout.begin, 2) == "\x1f\x8b";
    layout.packing = gzip ? Packing::gzip : Packing::zlib;
  } else if (skip == -1) {
    layout.begin = std::max(layout.begin, data.size() - bytes);
  }
}

std::string data_file(const InputFile& file, const std::string& name) {
  const bool many = name.starts_with("LIST") || name.find('%') != name.npos;
  if (many) file.fail("MetaImage: data in many files ('" + name + "'); one is read");
  return beside(file, name);
}

}  // namespace

std::unique_ptr<Source> open_metaimage(InputFile file, const SourceOptions&) {
  const Head head = read_head(file);
  const std::vector<Index> extents = read_extents(file, head);
  VoxelLayout layout = read_layout(file, head);
  auto description = std::make_shared<Description>(describe(file, head, extents));
  Format format;
  for (const FileAxis& axis : description->space) {
    if (format.extent) format.inner.push_back(axis.extent);
    if (!format.extent) format.extent = axis.extent;
  }
  Encoding encoding;
  encoding.container = "metaimage";
  if (!description->items.empty()) encoding.items = description->items[0].extent;
  complete(layout, format, encoding);
  if (format.channels > 1) description->channels.push_back({"c", format.channels, 1, 0, ""});
  const std::string name = head.field("ElementDataFile");
  std::optional<InputFile> data;
  if (small_letters(name) != "local") data.emplace(data_file(file, name));
  if (data) description->files.push_back(data->path());
  encoding.description = std::move(description);
  const InputFile& numbers = data ? *data : file;
  place(file, numbers, head, layout, metaimage_bytes(format, layout, encoding.items));
  return open_voxels(std::move(data ? *data : file), layout, format, encoding);
}

}  // namespace faltung
