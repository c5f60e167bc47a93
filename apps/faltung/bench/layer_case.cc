// The layers of `bench layers`, and what they give, by plain loops.
#include "apps/faltung/bench/layer_case.h"

#include <algorithm>

namespace faltung {
namespace {

// In channels, out channels, extent, taps, stride, groups.
constexpr LayerCase kLayers[] = {
    {64, 256, 56, 1},     {256, 64, 56, 1},        {512, 128, 28, 1},        {128, 512, 28, 1},
    {1024, 256, 14, 1},   {256, 1024, 14, 1},      {512, 2048, 7, 1},        {2048, 512, 7, 1},
    {64, 64, 56, 3},      {128, 128, 28, 3},       {256, 256, 14, 3},        {512, 512, 7, 3},
    {128, 128, 56, 3, 2}, {256, 256, 28, 3, 2},    {512, 512, 14, 3, 2},     {3, 64, 224, 7, 2},
    {256, 512, 56, 1, 2}, {32, 32, 112, 3, 1, 32}, {512, 512, 14, 3, 1, 512}};

constexpr Index kBatches[] = {1, 8};
constexpr Index kQuickBatch = 2;
constexpr Index kQuickChannels = 16;  // times fewer
constexpr Index kQuickExtent = 14;

Index fewer(Index channels) {
  return channels < kQuickChannels ? channels : channels / kQuickChannels;
}

LayerCase quick_form(LayerCase layer) {
  const bool depthwise = layer.groups > 1;
  layer.in_channels = fewer(layer.in_channels);
  layer.out_channels = fewer(layer.out_channels);
  if (depthwise) layer.groups = layer.in_channels;
  layer.extent = std::min(layer.extent, kQuickExtent);
  layer.items = kQuickBatch;
  return layer;
}

std::string text(Index value) { return std::to_string(value); }

}  // namespace

double LayerCase::flops() const {
  return 2.0 * static_cast<double>(out_shape().product()) *
         static_cast<double>(in_channels / groups * taps * taps);
}

std::string LayerCase::name() const {
  const std::string channels =
      groups > 1 ? "depthwise " + text(in_channels) : text(in_channels) + "->" + text(out_channels);
  return text(taps) + "x" + text(taps) + " " + channels + " @" + text(extent) +
         (stride > 1 ? ", stride " + text(stride) : "") + ", batch " + text(items);
}

LayerOptions LayerCase::options() const {
  LayerOptions options;
  options.stride = {stride, stride};
  options.dilation = {1, 1};
  options.padding = {{padding(), padding()}, {padding(), padding()}};
  options.groups = groups;
  return options;
}

LayerGeometry LayerCase::geometry() const {
  const LayerOptions same = options();
  return {same.stride, same.dilation, same.padding, same.groups};
}

std::vector<LayerCase> layer_cases(bool quick) {
  std::vector<LayerCase> cases;
  for (LayerCase layer : kLayers) {
    if (quick) {
      cases.push_back(quick_form(layer));
      continue;
    }
    for (const Index items : kBatches) {
      layer.items = items;
      cases.push_back(layer);
    }
  }
  return cases;
}

double plain_output(const LayerCase& layer, const Array<float>& in, const Array<float>& weight,
                    const Shape& position) {
  const Index o = position[1], in_group = layer.in_channels / layer.groups;
  const Index first = o / (layer.out_channels / layer.groups) * in_group;
  const View<const float> x = in.view(), w = weight.view();
  double sum = 0;
  for_each_position({in_group, layer.taps, layer.taps}, [&](const Shape& k) {
    const Index row = position[2] * layer.stride + k[1] - layer.padding();
    const Index column = position[3] * layer.stride + k[2] - layer.padding();
    if (std::min(row, column) < 0 || std::max(row, column) >= layer.extent) return;
    sum += static_cast<double>(w({o, k[0], k[1], k[2]})) *
           static_cast<double>(x({position[0], first + k[0], row, column}));
  });
  return sum;
}

double plain_input_gradient(const LayerCase& layer, const Array<float>& change,
                            const Array<float>& weight, const Shape& position) {
  const Index in_group = layer.in_channels / layer.groups, i = position[1] % in_group;
  const Index out_group = layer.out_channels / layer.groups;
  const Index first = position[1] / in_group * out_group;
  const View<const float> g = change.view(), w = weight.view();
  double sum = 0;
  for_each_position({out_group, layer.taps, layer.taps}, [&](const Shape& k) {
    const Index row = position[2] + layer.padding() - k[1];
    const Index column = position[3] + layer.padding() - k[2];
    if (std::min(row, column) < 0 || row % layer.stride != 0 || column % layer.stride != 0) return;
    const Index y = row / layer.stride, x = column / layer.stride;
    if (std::max(y, x) >= layer.out_extent()) return;
    sum += static_cast<double>(w({first + k[0], i, k[1], k[2]})) *
           static_cast<double>(g({position[0], first + k[0], y, x}));
  });
  return sum;
}

double plain_kernel_gradient(const LayerCase& layer, const Array<float>& in,
                             const Array<float>& change, const Shape& position) {
  const Index in_group = layer.in_channels / layer.groups, o = position[0];
  const Index i = o / (layer.out_channels / layer.groups) * in_group + position[1];
  const View<const float> g = change.view(), x = in.view();
  double sum = 0;
  for_each_position({layer.items, layer.out_extent(), layer.out_extent()}, [&](const Shape& m) {
    const Index row = m[1] * layer.stride + position[2] - layer.padding();
    const Index column = m[2] * layer.stride + position[3] - layer.padding();
    if (std::min(row, column) < 0 || std::max(row, column) >= layer.extent) return;
    sum += static_cast<double>(g({m[0], o, m[1], m[2]})) *
           static_cast<double>(x({m[0], i, row, column}));
  });
  return sum;
}

}  // namespace faltung
