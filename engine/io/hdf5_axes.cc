// Names and spacing of axes as attributes of an HDF5 dataset.
#include <algorithm>

#include "engine/io/hdf5_library.h"
#include "engine/io/hdf5_texts.h"
#include "engine/io/units.h"

namespace faltung {
namespace {

constexpr Index kMostLabelBytes = 256;
constexpr const char* kLabels = "DIMENSION_LABELS";
constexpr const char* kElementSize = "element_size_um";
constexpr const char* kOrigin = "origin_um";  // our own: of the first element's centre

double micrometers(const std::string& unit) { return metres_of(unit) * 1e6; }

std::vector<std::string> read_labels(const InputFile& file, hid_t dataset, int rank) {
  if (H5Aexists(dataset, kLabels) <= 0) return {};
  const Hdf5Handle attribute(H5Aopen(dataset, kLabels, H5P_DEFAULT), H5Aclose);
  const Hdf5Handle type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
  H5O_info_t info{};
  if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) <= 0 ||
      H5Sget_simple_extent_npoints(space) != rank ||
      H5Oget_info2(dataset, &info, H5O_INFO_BASIC) < 0) {
    return {};
  }
  return read_hdf5_texts(file, info.addr, kLabels, rank, kMostLabelBytes);
}

// Of the last axes; nothing where the attribute is missing or of another form.
std::vector<double> read_numbers(hid_t dataset, const char* name, int rank) {
  if (H5Aexists(dataset, name) <= 0) return {};
  const Hdf5Handle attribute(H5Aopen(dataset, name, H5P_DEFAULT), H5Aclose);
  const Hdf5Handle type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  if (H5Tget_class(type) != H5T_FLOAT || count < 1 || count > rank) return {};
  std::vector<double> numbers(static_cast<std::size_t>(count));
  if (H5Aread(attribute, H5T_NATIVE_DOUBLE, numbers.data()) < 0) return {};
  return numbers;
}

bool write_labels(hid_t dataset, const std::vector<StatedAxis>& axes) {
  std::vector<const char*> labels;
  for (const StatedAxis& stated : axes) labels.push_back(stated.axis.name.c_str());
  const hsize_t count = labels.size();
  const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  const Hdf5Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  H5Tset_size(type, H5T_VARIABLE);
  const Hdf5Handle attribute(H5Acreate2(dataset, kLabels, type, space, H5P_DEFAULT, H5P_DEFAULT),
                             H5Aclose);
  return attribute && H5Awrite(attribute, type, labels.data()) >= 0;
}

bool write_numbers(hid_t dataset, const char* name, const std::vector<double>& numbers) {
  const hsize_t count = numbers.size();
  const Hdf5Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  const Hdf5Handle attribute(
      H5Acreate2(dataset, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  return attribute && H5Awrite(attribute, H5T_NATIVE_DOUBLE, numbers.data()) >= 0;
}

}  // namespace

void read_hdf5_axes(const InputFile& file, hid_t dataset, ChunkedHeader& header) {
  const int rank = header.shape.rank();
  const auto labels = read_labels(file, dataset, rank);
  const auto sizes = read_numbers(dataset, kElementSize, rank);
  const auto origins = read_numbers(dataset, kOrigin, rank);
  header.axes.assign(static_cast<std::size_t>(rank), {});
  for (std::size_t i = 0; i < header.axes.size(); ++i) {
    StatedAxis& stated = header.axes[i];
    stated.axis.extent = header.shape[static_cast<int>(i)];
    stated.axis.chunk = header.chunks[static_cast<int>(i)];
    if (!labels.empty()) stated.axis.name = labels[i];
    stated.kind = kind_of_name(stated.axis.name);
    const std::size_t unsized = header.axes.size() - sizes.size();
    if (i < unsized || !(sizes[i - unsized] > 0)) continue;
    stated.axis.spacing = sizes[i - unsized];
    stated.axis.unit = "micrometer";
    if (origins.size() == sizes.size()) stated.axis.origin = origins[i - unsized];
  }
}

// Sizes and origins of the axes of space, where those are the last and all have a unit of length.
bool write_hdf5_axes(hid_t dataset, const ChunkedHeader& header) {
  const auto named = [](const StatedAxis& stated) { return !stated.axis.name.empty(); };
  bool good = true;
  if (std::any_of(header.axes.begin(), header.axes.end(), named)) {
    good = write_labels(dataset, header.axes);
  }
  std::vector<double> sizes, origins;
  bool moved = false;
  for (const StatedAxis& stated : header.axes) {
    if (stated.kind != AxisKind::space) {
      if (!sizes.empty()) return good;
      continue;
    }
    const double size = stated.axis.spacing * micrometers(stated.axis.unit);
    if (size <= 0) return good;
    sizes.push_back(size);
    origins.push_back(stated.axis.origin * micrometers(stated.axis.unit));
    moved |= stated.axis.origin != 0;
  }
  if (sizes.empty()) return good;
  return good && write_numbers(dataset, kElementSize, sizes) &&
         (!moved || write_numbers(dataset, kOrigin, origins));
}

}  // namespace faltung
