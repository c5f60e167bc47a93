// The definition: plain loops in float64, every option.
#include "engine/convolve/reference.h"

namespace faltung {
namespace {

// x[channel] continued beyond its extents.
double sample(const Problem& p, const View<const double>& x, const Shape& position) {
  Shape source = position;
  for (int axis = 0; axis < p.rank(); ++axis) {
    source[axis] = p.source_of(axis, position[axis]);
    if (source[axis] < 0) return p.boundary == Boundary::constant ? p.constant : 0.0;
  }
  return x(source);
}

}  // namespace

Array<double> reference(const Problem& p, const Array<double>& in) {
  check(p);
  Shape out_extents{p.out_channels};
  for (int axis = 0; axis < p.rank(); ++axis) out_extents.push_back(p.output_extent_of(axis));
  const Shape kernel_extents = p.kernels.extents().from(1);
  Array<double> out(out_extents);
  for_each_position(out_extents.from(1), [&](const Shape& m) {
    Shape at{0};
    for (Index position : m) at.push_back(position);
    for (Index o = 0; o < p.out_channels; ++o) {
      at[0] = o;
      out(at) = p.bias.empty() ? 0.0 : p.bias[static_cast<std::size_t>(o)];
    }
    for (const Path& path : p.paths) {
      const View<const double> x = in.view().at(path.in);
      const double* tap = p.kernel(path.kernel);
      double sum = 0;
      for_each_position(kernel_extents, [&](const Shape& k) {
        Shape position = m;
        for (int axis = 0; axis < p.rank(); ++axis) {
          position[axis] =
              m[axis] * p.stride[axis] + k[axis] * p.dilation[axis] - p.padding_of(axis).before;
        }
        sum += *tap++ * sample(p, x, position);
      });
      at[0] = path.out;
      out(at) += sum;
    }
  });
  return out;
}

}  // namespace faltung
