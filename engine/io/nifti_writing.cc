// NIfTI volumes written: .nii and .nii.gz, from the header that the input had, or from nothing.
#include <algorithm>
#include <array>
#include <cmath>

#include "engine/io/containers.h"
#include "engine/io/nifti_orientation.h"
#include "engine/io/nifti_types.h"
#include "engine/io/place.h"
#include "engine/io/samples.h"
#include "engine/io/voxels.h"

namespace faltung {
namespace {

using F = NiftiField;

constexpr Index kMostExtentOfFirst = 32767;  // version 1 has 16 bits for it
constexpr std::size_t kExtender = 4;         // bytes behind the header: whether extensions follow

bool keeps_header(const Encoding& like) {
  return like.description && like.description->container == "nifti";
}

NiftiHeader kept_header(const Encoding& like) {
  if (!keeps_header(like)) return NiftiHeader(1);
  const std::string& bytes = like.description->header;
  const Index size = NiftiHeader::size_of(NiftiHeader(bytes).version());
  return NiftiHeader(bytes.substr(0, static_cast<std::size_t>(size)));
}

// The axis that counts along x (0), y (1) or z (2); null: unknown.
const FileAxis* space_axis(const Description& description, std::size_t i) {
  const std::size_t count = description.space.size();
  return i < count ? &description.space[count - 1 - i] : nullptr;
}

double positive(double spacing) { return spacing > 0 ? spacing : 1; }

// The kept header follows the axes: by how much they were stretched and moved.
void follow(NiftiHeader& header, const Description& description) {
  Triple step{1, 1, 1}, start{};
  for (std::size_t i = 0; i < 3; ++i) {
    const FileAxis* axis = space_axis(description, i);
    const double old = positive(std::abs(header.get(F::pixdim, static_cast<int>(i) + 1)));
    if (axis) step[i] = axis->spacing / old;
  }
  const auto old = nifti_affine(header);
  if (old && description.affine && *old != *description.affine) {
    const Affine& now = *description.affine;
    start = index_at(*old, {entry(now, 0, 3), entry(now, 1, 3), entry(now, 2, 3)}).value_or(start);
  }
  move_nifti(header, step, start);
}

// One unit for all axes, of those that have a code.
Description in_nifti_units(Description description) {
  const auto same = [&](const FileAxis& a) { return a.unit == description.space.back().unit; };
  const bool has_code = (nifti_unit_code(description.space.back().unit) & kNiftiSpaceUnits) != 0;
  if (has_code && std::all_of(description.space.begin(), description.space.end(), same)) {
    return description;
  }
  convert_space(description, "mm");
  return description;
}

// An affine, or spacing and where it is stated an origin. Returns the unit's code.
Index place(NiftiHeader& header, const Description& description) {
  Triple spacing{1, 1, 1}, origin{};
  for (std::size_t i = 0; i < 3; ++i) {
    const FileAxis* axis = space_axis(description, i);
    if (axis) spacing[i] = axis->spacing, origin[i] = axis->origin;
    if (axis) header.set(F::pixdim, axis->spacing, static_cast<int>(i) + 1);
  }
  if (description.affine) {
    place_nifti(header, *description.affine);
  } else if (origin != Triple{}) {
    place_nifti(header, from_spacing(spacing, origin));
  }
  return nifti_unit_code(description.space.back().unit) & kNiftiSpaceUnits;
}

// What another container has said.
void take_over(NiftiHeader& header, const Description& description) {
  Index units = place(header, in_nifti_units(description));
  if (!description.items.empty()) {
    const FileAxis& time = description.items.back();
    header.set(F::pixdim, time.spacing, 4);
    header.set(F::toffset, time.origin);
    units |= nifti_unit_code(time.unit) & kNiftiTimeUnits;
  }
  header.set(F::units, static_cast<double>(units));
  for (const char* key : {"content", "descrip"}) {
    const auto found = description.entries.find(key);
    if (found != description.entries.end()) header.set(NiftiText::descrip, found->second);
  }
}

class HeaderWriter {
 public:
  HeaderWriter(const Format& format, const Encoding& like, const NiftiType& type)
      : format_(format), like_(like), type_(type) {}

  std::string bytes(Index extent) const {
    const std::array<Index, 8> dims = extents(extent);
    NiftiHeader header = kept_header(like_);
    const bool fits = *std::max_element(dims.begin(), dims.end()) <= kMostExtentOfFirst;
    if (!fits && header.version() == 1) header = header.in_version(2);
    for (int i = 0; !keeps_header(like_) && i < 8; ++i) header.set(F::pixdim, 1, i);
    if (keeps_header(like_)) {
      follow(header, *like_.description);
    } else if (like_.description) {
      take_over(header, *like_.description);
    }
    set_extents(header, dims);
    set_type(header);
    header.make_single();
    const std::string more = extensions();
    header.set(F::vox_offset, static_cast<double>(header.bytes().size() + more.size()));
    return header.bytes() + more;
  }

 private:
  std::array<Index, 8> extents(Index extent) const {
    const Shape& inner = format_.inner;
    std::array<Index, 8> dims{inner.rank() + 1, inner.back(), extent, 1, like_.items, 1, 1, 1};
    if (inner.rank() > 1) dims[2] = inner[0], dims[3] = extent;
    const Description* description = like_.description.get();
    if (description && description->items.size() > 1) {
      dims[5] = description->items[0].extent;
      dims[4] = like_.items / dims[5];
    } else {
      dims[5] = format_.channels / type_.together;
    }
    for (int i = 1; i < 8; ++i) {
      if (dims[static_cast<std::size_t>(i)] > 1) dims[0] = std::max<Index>(dims[0], i);
    }
    return dims;
  }

  // Axes of extent 1 at the end stay as they were.
  void set_extents(NiftiHeader& header, const std::array<Index, 8>& dims) const {
    const bool as_before =
        keeps_header(like_) && std::ssize(like_.description->space) == format_.inner.rank() + 1;
    const Index before = as_before ? header.integer(F::dim, 0) : 0;
    header.set(F::dim, static_cast<double>(std::max(dims[0], before)), 0);
    for (int i = 1; i < 8; ++i) {
      const Index extent = dims[static_cast<std::size_t>(i)];
      if (i > before || i <= dims[0]) header.set(F::dim, static_cast<double>(extent), i);
    }
  }

  // What was scaled when read is written as it is.
  void set_type(NiftiHeader& header) const {
    const double slope = header.get(F::slope);
    if (!keeps_header(like_) || (slope != 0 && std::isfinite(slope))) {
      header.set(F::slope, 1);
      header.set(F::intercept, 0);
    }
    header.set(F::datatype, static_cast<double>(type_.code));
    header.set(F::bitpix, static_cast<double>(type_.bits()));
  }

  std::string extensions() const {
    const std::string none(kExtender, '\0');
    if (!keeps_header(like_)) return none;
    const std::size_t own = kept_header(like_).bytes().size();
    const std::string& kept = like_.description->header;
    return kept.size() >= own + kExtender ? kept.substr(own) : none;
  }

  Format format_;
  Encoding like_;
  NiftiType type_;
};

// Three or four channels of 8 bits are colours, unless the header that is kept has vectors.
const NiftiType& type_for(const Format& format, const Encoding& like) {
  const Encoding::Sample sample = array_sample(format, like);
  bool colors = sample == Encoding::Sample::u8 && (format.channels == 3 || format.channels == 4);
  if (colors && keeps_header(like)) {
    const NiftiType* kept = nifti_type(kept_header(like).integer(F::datatype));
    colors = kept && is_color(*kept);
  }
  const NiftiType* type = nifti_type(sample, colors ? format.channels : 1);
  if (!type) throw Error(Code::failure, std::string("no NIfTI type for ") + name(sample));
  return *type;
}

}  // namespace

std::unique_ptr<Sink> create_nifti(const Container& container, const std::string& path,
                                   const Format& format, const Encoding& like) {
  require_inner_rank(container, format, 1, 2);
  if (extension_of(path) == ".hdr") {
    throw Error(Code::configuration,
                path + ": pairs of .hdr and .img are read, not written; .nii and .nii.gz are");
  }
  const NiftiType& type = type_for(format, like);
  const std::size_t item_axes = like.description ? like.description->items.size() : 0;
  if (item_axes > 2 || (item_axes == 2 && format.channels > type.together)) {
    throw Error(Code::configuration, "nifti holds one axis besides space, time and colour");
  }
  VoxelLayout layout;
  layout.sample = type.sample;
  layout.swapped = keeps_header(like) && kept_header(like).swapped();
  layout.packing = extension_of(path) == ".nii.gz" ? Packing::gzip : Packing::none;
  layout.together = type.together;
  layout.planes = format.channels / type.together;
  layout.items_inside = true;
  const HeaderWriter header(format, like, type);
  return create_voxels(
      {layout, path, "", true, [header](Index n, Index) { return header.bytes(n); }}, format, like);
}

}  // namespace faltung
