// NIfTI-1 and -2 volumes read: .nii, .nii.gz and pairs of .hdr and .img, slice by slice.
//
// Time points are items. The fifth axis holds channels, or items where it is long. What the header
// says beyond that (qform, sform, units, intent, extensions) goes on to the output.
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

#include "engine/io/containers.h"
#include "engine/io/nifti_orientation.h"
#include "engine/io/nifti_types.h"
#include "engine/io/voxels.h"

namespace faltung {
namespace {

using F = NiftiField;

constexpr Index kMostExtensionBytes = 64 << 20;  // kept in memory; CIFTI's largest have a few MB
constexpr Index kExtender = 4;                   // bytes behind the header that announce extensions

// The header as the file has it, with the bytes up to the data where they are one file.
struct Head {
  NiftiHeader header;
  Packing packing = Packing::none;
  Index data_offset = 0;
  std::string kept;
};

// Where the data begin, in their file.
Index data_offset(const InputFile& file, const NiftiHeader& header) {
  const Index offset = header.integer(F::vox_offset);
  const Index size = std::ssize(header.bytes());
  const bool whole = header.get(F::vox_offset) == static_cast<double>(offset);
  const Index least = header.single() ? size : 0;
  if (!whole || offset < 0 || (offset > 0 && offset < least)) {
    file.fail("corrupt: header states that the data begin at byte " + std::to_string(offset) +
              "; the header itself has " + std::to_string(size));
  }
  return offset == 0 && header.single() ? size + kExtender : offset;
}

void check_extensions(const InputFile& file, Index size, Index end, Packing packing) {
  if (end > most_unpacked(file.size(), packing)) {
    file.fail("truncated: header states that the data begin at byte " + std::to_string(end) +
              ", the file has " + std::to_string(file.size()));
  }
  if (end - size > kMostExtensionBytes) {
    file.fail("extensions of " + std::to_string(end - size) + " bytes; allowed are " +
              std::to_string(kMostExtensionBytes));
  }
}

Head read_head(const InputFile& file) {
  const bool packed = file.bytes_at(0, 2) == "\x1f\x8b";
  const Packing packing = packed ? Packing::gzip : Packing::none;
  ByteReader reader(file, 0, packing);
  std::string bytes(static_cast<std::size_t>(NiftiHeader::size_of(2)), '\0');
  bytes.resize(static_cast<std::size_t>(reader.read_some(bytes.data(), std::ssize(bytes))));
  if (!NiftiHeader::is_nifti(bytes)) {
    file.fail("not a NIfTI file: no header of version 1 or 2 (Analyze 7.5 is not read)");
  }
  const Index size = NiftiHeader::size_of(NiftiHeader(bytes).version());
  if (std::ssize(bytes) < size) file.fail("truncated: ends within the header");
  bytes.resize(static_cast<std::size_t>(size));
  Head head{NiftiHeader(bytes), packing, 0, {}};
  head.data_offset = data_offset(file, head.header);
  const Index end = head.header.single() ? head.data_offset : size;
  check_extensions(file, size, end, packing);
  head.kept.resize(static_cast<std::size_t>(end));
  reader.go_to(0);
  reader.read(head.kept.data(), end);
  return head;
}

void refuse_overflow(const InputFile& file, const std::array<Index, 8>& dims) {
  Shape claim;
  for (std::size_t i = 1; i < dims.size(); ++i) claim.push_back(dims[i]);
  try {
    checked_product(claim);
  } catch (const Error&) {
    file.fail("header states " + claim.text() + " voxels, " + std::to_string(file.size()) +
              " bytes cannot hold them");
  }
}

// dim[0], and dim[1]…dim[7], 1 where there is no such axis.
std::array<Index, 8> read_extents(const InputFile& file, const NiftiHeader& header) {
  std::array<Index, 8> dims{};
  const Index rank = dims[0] = header.integer(F::dim, 0);
  if (rank < 2 || rank > 7) {
    file.fail("header states " + std::to_string(rank) + " axes; allowed are 2 to 7");
  }
  for (int i = 1; i < 8; ++i) {
    const Index extent = i <= rank ? header.integer(F::dim, i) : 1;
    if (extent < 1) {
      file.fail("header states an extent of " + std::to_string(extent) + " along axis " +
                std::to_string(i) + "; allowed are 1 and more");
    }
    dims[static_cast<std::size_t>(i)] = extent;
  }
  refuse_overflow(file, dims);
  if (dims[6] > 1 || dims[7] > 1) {
    file.fail("header states " + std::to_string(rank) +
              " axes; x, y, z, time and one of vectors are read (a CIFTI matrix is no volume)");
  }
  return dims;
}

const NiftiType& read_type(const InputFile& file, const NiftiHeader& header) {
  const Index code = header.integer(F::datatype);
  const NiftiType* type = nifti_type(code);
  if (!type) file.fail("corrupt: header states voxels of type " + std::to_string(code));
  if (type->sample == Encoding::Sample::none) {
    file.fail(std::string("voxels of type ") + type->name +
              "; integers of 8 and 16 bits, int32, float32, float64, RGB and RGBA are read");
  }
  if (header.integer(F::bitpix) != type->bits()) {
    file.fail("corrupt: header states " + std::to_string(header.integer(F::bitpix)) + " bits for " +
              type->name);
  }
  return *type;
}

FileAxis axis(const char* name, const NiftiHeader& header, int dim, int mask) {
  const double spacing = std::abs(header.get(F::pixdim, dim));
  const Index units = header.integer(F::units) & mask;
  return {name, header.integer(F::dim, dim), spacing > 0 ? spacing : 1, 0, nifti_unit(units)};
}

enum class Fifth { channels, items };

Description describe(const InputFile& file, const Head& head, const std::array<Index, 8>& dims,
                     Fifth fifth) {
  Description result;
  const NiftiHeader& h = head.header;
  if (dims[0] > 2) result.space.push_back(axis("z", h, 3, kNiftiSpaceUnits));
  result.space.push_back(axis("y", h, 2, kNiftiSpaceUnits));
  result.space.push_back(axis("x", h, 1, kNiftiSpaceUnits));
  if (fifth == Fifth::items) result.items.push_back({"u", dims[5], 1, 0, ""});
  if (dims[4] > 1 || fifth == Fifth::items) {
    result.items.push_back(axis("t", h, 4, kNiftiTimeUnits));
    result.items.back().extent = dims[4];
    result.items.back().origin = h.get(F::toffset);
  }
  result.affine = nifti_affine(h);
  for (double x : result.affine.value_or(Affine{})) {
    if (!std::isfinite(x)) file.fail("corrupt: the header's affine is not finite");
  }
  const std::pair<const char*, NiftiText> texts[] = {{"descrip", NiftiText::descrip},
                                                     {"aux_file", NiftiText::aux_file},
                                                     {"intent_name", NiftiText::intent_name}};
  for (const auto& [key, field] : texts) {
    if (!h.get(field).empty()) result.entries[key] = h.get(field);
  }
  result.container = "nifti";
  result.header = head.kept;
  return result;
}

void read_scale(const InputFile& file, const NiftiHeader& header, VoxelLayout& layout) {
  const double slope = header.get(F::slope), intercept = header.get(F::intercept);
  if (slope == 0 || !std::isfinite(slope)) return;
  if (!std::isfinite(intercept)) file.fail("corrupt: header states an intercept that is no number");
  layout.slope = slope;
  layout.intercept = intercept;
}

std::string scale_text(const VoxelLayout& layout) {
  std::array<char, 96> text;
  std::snprintf(text.data(), text.size(), "its numbers are scaled: times %g, plus %g", layout.slope,
                layout.intercept);
  return text.data();
}

// The file of the data beside a .hdr.
std::string image_of(const InputFile& file) {
  const std::string& path = file.path();
  if (extension_of(path) != ".hdr") file.fail("half a NIfTI pair, whose header is not named .hdr");
  return path.substr(0, path.size() - 4) + ".img";
}

VoxelLayout layout_of(const InputFile& file, const Head& head, const std::array<Index, 8>& dims) {
  const NiftiType& type = read_type(file, head.header);
  VoxelLayout layout;
  layout.sample = type.sample;
  layout.swapped = head.header.swapped();
  layout.packing = head.packing;
  layout.offset = head.data_offset;
  layout.together = type.together;
  layout.items_inside = true;
  if (dims[5] <= kMostPlanes && !is_color(type)) layout.planes = dims[5];
  if (!is_color(type)) read_scale(file, head.header, layout);
  return layout;
}

}  // namespace

std::unique_ptr<Source> open_nifti(InputFile file, const SourceOptions&) {
  const Head head = read_head(file);
  const auto dims = read_extents(file, head.header);
  const VoxelLayout layout = layout_of(file, head, dims);
  Format format;
  format.extent = dims[0] > 2 ? dims[3] : dims[2];
  if (dims[0] > 2) format.inner.push_back(dims[2]);
  format.inner.push_back(dims[1]);
  Encoding encoding;
  encoding.container = "nifti";
  complete(layout, format, encoding);
  const Fifth fifth = dims[5] > layout.planes ? Fifth::items : Fifth::channels;
  auto description = std::make_shared<Description>(describe(file, head, dims, fifth));
  for (const FileAxis& a : description->items) encoding.items *= a.extent;
  if (format.channels > 1) description->channels.push_back({"c", format.channels, 1, 0, ""});
  if (layout.is_scaled()) encoding.notes.push_back(scale_text(layout));
  std::optional<InputFile> image;
  if (!head.header.single()) image.emplace(image_of(file));
  if (image) description->files.push_back(image->path());
  encoding.description = std::move(description);
  return open_voxels(std::move(image ? *image : file), layout, format, encoding);
}

}  // namespace faltung
