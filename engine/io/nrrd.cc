// NRRD arrays read: .nrrd, and .nhdr with its data beside it, plain or gzip, slice by slice.
//
// Axes of vectors, colours and lists are channels; times, and long lists behind the axes of space,
// are items.
#include <algorithm>
#include <optional>

#include "engine/io/containers.h"
#include "engine/io/nrrd_header.h"
#include "engine/io/samples.h"
#include "engine/io/text_header.h"

namespace faltung {
namespace {

using Role = NrrdAxis::Role;

struct Head {
  std::string text;
  NrrdHeader header;
  Index end = 0;  // where attached data begin
};

Head read_head(const InputFile& file) {
  HeaderLines lines(file);
  Head head;
  while (const auto line = lines.next()) {
    if (line->empty()) break;
    head.text += *line + '\n';
  }
  head.header = parse_nrrd(file.path(), head.text);
  head.end = lines.offset();
  return head;
}

// The slowest of a description's axes comes first, the fastest of a file's.
Description describe(const Head& head) {
  Description result;
  const NrrdHeader& h = head.header;
  constexpr const char* kNames[] = {"x", "y", "z"};
  std::size_t space = 0;
  for (const NrrdAxis& axis : h.axes) {
    FileAxis a{axis.label, axis.extent, axis.spacing, axis.origin, axis.unit};
    if (axis.role == Role::space) {
      if (a.name.empty() && space < 3) a.name = kNames[space];
      ++space;
      result.space.insert(result.space.begin(), a);
    } else {
      const bool channels = axis.role == Role::channels;
      if (a.name.empty()) a.name = channels ? "c" : "t";
      auto& list = channels ? result.channels : result.items;
      list.insert(list.begin(), a);
    }
  }
  result.affine = h.affine();
  for (FileAxis& axis : result.space) axis.origin = result.affine ? 0 : axis.origin;
  result.entries = h.entries;
  if (!h.content.empty()) result.entries["content"] = h.content;
  result.container = "nrrd";
  result.header = head.text;
  return result;
}

Format format_of(const InputFile& file, const NrrdHeader& header) {
  Format format;
  const int rank = header.spatial_rank();
  if (rank < 1 || rank > kMaxRank - 2) {
    file.fail("NRRD: " + std::to_string(rank) + " axes of space; allowed are 1 to " +
              std::to_string(kMaxRank - 2));
  }
  for (auto axis = header.axes.rbegin(); axis != header.axes.rend(); ++axis) {
    if (axis->role != Role::space) continue;
    if (format.extent) {
      format.inner.push_back(axis->extent);
    } else {
      format.extent = axis->extent;
    }
  }
  return format;
}

// Where the numbers begin, in the file that has them.
void place(const InputFile& file, const InputFile& data, const Head& head, VoxelLayout& layout,
           Index numbers_bytes) {
  layout.begin = head.header.data_file.empty() ? head.end : 0;
  layout.offset = std::max<Index>(head.header.byte_skip, 0);
  if (head.header.byte_skip >= 0) return;
  if (layout.packing != Packing::none) file.fail("NRRD: byte skip -1: only raw data have an end");
  layout.begin = std::max(layout.begin, data.size() - numbers_bytes);
}

std::string single_data_file(const InputFile& file, const std::string& name) {
  const bool many = name == "LIST" || name.starts_with("LIST ") || name.find('%') != name.npos;
  if (many) file.fail("NRRD: data in many files ('" + name + "'); one is read");
  return beside(file, name);
}

}  // namespace

std::unique_ptr<Source> open_nrrd(InputFile file, const SourceOptions& options) {
  const Head head = read_head(file);
  const NrrdHeader& header = head.header;
  Format format = format_of(file, header);
  if (format.is_series()) format.rate_hz = options.rate_hz;
  VoxelLayout layout = header.layout(file.path());
  Encoding encoding;
  encoding.container = "nrrd";
  encoding.items = header.extent_of(Role::items);
  complete(layout, format, encoding);
  auto description = std::make_shared<Description>(describe(head));
  std::optional<InputFile> data;
  if (!header.data_file.empty()) {
    data.emplace(single_data_file(file, header.data_file));
    description->files.push_back(data->path());
  }
  encoding.description = std::move(description);
  Shape all;
  for (const NrrdAxis& axis : header.axes) all.push_back(axis.extent);
  place(file, data ? *data : file, head, layout, all.product() * bytes_of(layout.sample));
  return open_voxels(std::move(data ? *data : file), layout, format, encoding);
}

}  // namespace faltung
