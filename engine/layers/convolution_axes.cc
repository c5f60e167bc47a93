// Checks the arrays of a convolution layer, or of a transposed one, against each other.
#include "engine/layers/convolution_axes.h"

namespace faltung {
namespace {

constexpr Index kLargest = Index{1} << 30;  // times an extent of 2^32 it is still an Index

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

std::string number(Index value) { return std::to_string(value); }

void check_count(const char* what, int given, int rank) {
  if (given <= 1 || given == rank) return;
  refuse(std::string("the layer's ") + what + " has " + number(given) +
         " entries; allowed: one for all axes, or one for each of " + number(rank));
}

Index entry(const char* what, const Shape& given, int axis, int rank) {
  check_count(what, given.rank(), rank);
  if (given.rank() == 0) return 1;
  const Index value = given[given.rank() == 1 ? 0 : axis];
  if (value < 1 || value > kLargest) {
    refuse(std::string("the layer's ") + what + " is " + given.text() + "; allowed: 1 to 2^30");
  }
  return value;
}

Padding padding_entry(const std::vector<Padding>& given, int axis, int rank) {
  check_count("padding", static_cast<int>(given.size()), rank);
  if (given.empty()) return {};
  const Padding p = given[given.size() == 1 ? 0 : static_cast<std::size_t>(axis)];
  if (std::max(p.before, p.after) > kLargest || std::min(p.before, p.after) < -kLargest) {
    refuse("the layer's padding is " + number(p.before) + ", " + number(p.after) +
           "; allowed: -2^30 to 2^30");
  }
  return p;
}

// One axis without its extents; e is the dilated kernel.
struct Entry {
  TapAxis axis;
  Padding padding;
  Index e = 1;
};

Entry axis_entry(const Shape& kernel, const LayerGeometry& geometry, int axis) {
  const int rank = kernel.rank() - 2;
  Entry result;
  result.axis.taps = kernel[axis + 2];
  result.axis.stride = entry("stride", geometry.stride, axis, rank);
  result.axis.dilation = entry("dilation", geometry.dilation, axis, rank);
  result.padding = padding_entry(geometry.padding, axis, rank);
  result.axis.before = result.padding.before;
  if (result.axis.taps > 1 && result.axis.dilation > kLargest / (result.axis.taps - 1)) {
    refuse("the layer's kernel times dilation passes 2^30 along axis " + number(axis));
  }
  result.e = dilated_extent(result.axis.taps, result.axis.dilation);
  return result;
}

void check_kernel(const Shape& in, const Shape& kernel, Index groups) {
  if (in.rank() < 3 || in.rank() != kernel.rank()) {
    refuse("the layer's input has shape " + in.text() + ", its kernel " + kernel.text() +
           "; needed: [item, channel, axis…] and [channel, channel, axis…] of the same rank");
  }
  for (Index extent : kernel) {
    if (extent >= 1) continue;
    refuse("the layer's kernel has shape " + kernel.text() + "; every extent must be at least 1");
  }
  if (groups < 1 || kernel[0] % groups != 0) {
    refuse("the layer has " + number(groups) + " groups; allowed: divisors of the kernel's " +
           number(kernel[0]) + " channels");
  }
}

void check_channels(const Shape& in, const Shape& kernel, Index groups, Index in_channels) {
  if (in[1] == in_channels) return;
  refuse("the layer's input has " + number(in[1]) + " channels; kernel " + kernel.text() + " in " +
         number(groups) + " groups needs " + number(in_channels));
}

TapLayer without_axes(const Shape& kernel, Index groups) {
  return {{}, kernel[1] * groups, kernel[0], groups};
}

// A transposed layer's output without output padding; may be below 1.
Shape unpadded_extents(const Shape& in, const Shape& kernel, const LayerGeometry& geometry) {
  Shape extents{in[0], kernel[1] * geometry.groups};
  for (int axis = 0; axis + 2 < kernel.rank(); ++axis) {
    const Entry given = axis_entry(kernel, geometry, axis);
    extents.push_back(given.axis.stride * (in[axis + 2] - 1) + given.e - given.padding.before -
                      given.padding.after);
  }
  return extents;
}

void check_output_padding(Index given, const TapAxis& a, int axis) {
  const Index limit = std::max(a.stride, a.dilation);
  if (given >= 0 && given < limit) return;
  refuse("the output padding of axis " + number(axis) + " is " + number(given) +
         "; allowed: 0 to " + number(limit - 1) + ", below stride or dilation");
}

}  // namespace

TapLayer convolution_layer(const Shape& in, const Shape& kernel, const LayerGeometry& geometry) {
  check_kernel(in, kernel, geometry.groups);
  check_channels(in, kernel, geometry.groups, kernel[1] * geometry.groups);
  TapLayer layer = without_axes(kernel, geometry.groups);
  for (int axis = 0; axis + 2 < kernel.rank(); ++axis) {
    Entry given = axis_entry(kernel, geometry, axis);
    given.axis.in = in[axis + 2];
    given.axis.out = output_extent(given.axis.in, given.padding, given.e, given.axis.stride);
    if (given.axis.out < 1) {
      refuse("the layer's kernel reaches over " + number(given.e) + " samples along axis " +
             number(axis) + "; the padded input has " +
             number(given.axis.in + given.padding.before + given.padding.after));
    }
    layer.axes.push_back(given.axis);
  }
  return layer;
}

Shape convolution_extents(const Shape& in, const Shape& kernel, const LayerGeometry& geometry) {
  Shape extents{in[0], kernel[0]};
  for (const TapAxis& a : convolution_layer(in, kernel, geometry).axes) extents.push_back(a.out);
  return extents;
}

Shape transposed_extents(const Shape& in, const Shape& kernel, const LayerGeometry& geometry,
                         const Shape& output_padding) {
  check_kernel(in, kernel, geometry.groups);
  check_channels(in, kernel, geometry.groups, kernel[0]);
  const int rank = kernel.rank() - 2;
  check_count("output padding", output_padding.rank(), rank);
  Shape extents = unpadded_extents(in, kernel, geometry);
  for (int axis = 0; axis < rank; ++axis) {
    if (output_padding.rank() > 0) {
      const Index more = output_padding[output_padding.rank() == 1 ? 0 : axis];
      check_output_padding(more, axis_entry(kernel, geometry, axis).axis, axis);
      extents[axis + 2] += more;
    }
    if (extents[axis + 2] < 1) {
      refuse("the transposed layer's padding leaves " + number(extents[axis + 2]) +
             " samples along axis " + number(axis) + "; at least 1 is needed");
    }
  }
  return extents;
}

TapLayer transposed_layer(const Shape& in, const Shape& kernel, const LayerGeometry& geometry,
                          const Shape& out) {
  check_kernel(in, kernel, geometry.groups);
  check_channels(in, kernel, geometry.groups, kernel[0]);
  Shape output_padding;
  const Shape unpadded = unpadded_extents(in, kernel, geometry);
  for (int axis = 2; axis < std::min(out.rank(), unpadded.rank()); ++axis) {
    output_padding.push_back(out[axis] - unpadded[axis]);
  }
  check_extents("the transposed layer's output", out,
                transposed_extents(in, kernel, geometry, output_padding));
  TapLayer layer = without_axes(kernel, geometry.groups);
  for (int axis = 0; axis + 2 < kernel.rank(); ++axis) {
    layer.axes.push_back(axis_entry(kernel, geometry, axis).axis);
    layer.axes.back().in = out[axis + 2];
    layer.axes.back().out = in[axis + 2];
  }
  return layer;
}

}  // namespace faltung
