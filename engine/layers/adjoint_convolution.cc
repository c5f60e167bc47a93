// The adjoint of a layer of stride 1 as a convolution.
#include "engine/layers/adjoint_convolution.h"

#include <algorithm>

#include "engine/layers/convolve_array.h"
#include "engine/layers/layer_problem.h"

namespace faltung {
namespace {

constexpr Index kLeastOutputs = 2500;  // for each tap of a kernel: below, planning and packing it
                                       // take longer than they save
constexpr Index kLeastPairs = 16;      // of channels in a group: tap_runs.h is for fewer
constexpr double kTolerance64 = 1e-13;

Padding padding_of(const TapAxis& a) {
  const Index reach = a.dilation * (a.taps - 1), before = reach - a.before;
  return {before, a.in - a.out - before + reach};
}

// [in channel, out channel / groups, tap…], every kernel backwards.
Array<double> exchanged(const TapLayer& layer, const auto* kernel) {
  const Index ins = layer.in_per_group(), outs = layer.out_per_group(), taps = layer.taps();
  Shape extents{layer.in_channels, outs};
  for (const TapAxis& a : layer.axes) extents.push_back(a.taps);
  Array<double> result(extents);
  double* to = result.data();
  for (Index channel = 0; channel < layer.in_channels; ++channel) {
    const Index first = channel / ins * outs, i = channel % ins;
    for (Index o = first; o < first + outs; ++o, to += taps) {
      const auto* from = kernel + (o * ins + i) * taps;
      std::reverse_copy(from, from + taps, to);
    }
  }
  return result;
}

}  // namespace

bool suits_convolution(const TapLayer& layer, Index items) {
  if (layer.in_per_group() * layer.out_per_group() < kLeastPairs) return false;
  if (layer.taps() == 1) return false;  // one product, which tap_products.h does in place
  Index outputs = items;
  for (const TapAxis& a : layer.axes) {
    const Padding padding = padding_of(a);
    if (a.stride != 1 || padding.before < 0 || padding.after < 0) return false;
    outputs *= a.in;
  }
  return outputs >= kLeastOutputs;
}

template <class T>
void adjoint_by_convolution(const TapLayer& layer, const View<const T>& out, const T* kernel,
                            const T* bias, const View<T>& in, Workers* workers) {
  LayerOptions options;
  options.groups = layer.groups;
  for (const TapAxis& a : layer.axes) {
    options.stride.push_back(1);
    options.dilation.push_back(a.dilation);
    options.padding.push_back(padding_of(a));
  }
  if (bias) options.bias.assign(bias, bias + layer.in_channels);
  Problem problem = layer_problem(out.extents(), exchanged(layer, kernel), options);
  problem.arithmetic = sample_type_of<T>;
  if (problem.arithmetic == SampleType::float64) problem.tolerance = kTolerance64;
  ArraySetting setting;
  setting.workers = workers;
  ArrayConvolution(std::move(problem), out.extent(0), setting).run<T>(out, in);
}

template void adjoint_by_convolution(const TapLayer&, const View<const float>&, const float*,
                                     const float*, const View<float>&, Workers*);
template void adjoint_by_convolution(const TapLayer&, const View<const double>&, const double*,
                                     const double*, const View<double>&, Workers*);

}  // namespace faltung
