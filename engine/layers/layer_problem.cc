// A layer's kernel and options stated as a problem: which channels are connected, and how.
#include "engine/layers/layer_problem.h"

#include <algorithm>
#include <utility>

namespace faltung {
namespace {

constexpr Index kMostStep = Index{1} << 28;  // as history: what a problem may reach

[[noreturn]] void refuse(const std::string& message) { throw Error(Code::configuration, message); }

void check_axes(const Shape& in, const Shape& weights, const LayerOptions& options) {
  if (in.rank() < 3) {
    refuse("input of shape " + in.text() + "; allowed: item, channel and at least one axis");
  }
  if (weights.rank() != in.rank()) {
    refuse("weight of shape " + weights.text() + " has " + std::to_string(weights.rank()) +
           " axes; input of shape " + in.text() + " allows " + std::to_string(in.rank()));
  }
  const int rank = in.rank() - 2;
  const auto check_count = [&](const char* what, std::size_t count) {
    if (count == static_cast<std::size_t>(rank)) return;
    refuse(std::string(what) + " has " + std::to_string(count) + " values; allowed: " +
           std::to_string(rank) + ", one for each spatial axis");
  };
  check_count("stride", static_cast<std::size_t>(options.stride.rank()));
  check_count("dilation", static_cast<std::size_t>(options.dilation.rank()));
  check_count("padding", options.padding.size());
  const auto check_steps = [](const char* what, const Shape& steps) {
    for (Index step : steps) {
      if (step >= 1 && step <= kMostStep) continue;
      refuse(std::string(what) + " = " + std::to_string(step) + "; allowed: 1 to " +
             std::to_string(kMostStep));
    }
  };
  check_steps("stride", options.stride);
  check_steps("dilation", options.dilation);
}

void check_channels(const Shape& in, const Shape& weights, const LayerOptions& options) {
  const Index groups = options.groups, out = weights[0];
  if (groups < 1) refuse("groups = " + std::to_string(groups) + "; allowed: at least 1");
  if (out < 1 || out % groups != 0) {
    refuse("groups = " + std::to_string(groups) + " does not divide weight's " +
           std::to_string(out) + " output channels");
  }
  if (in[1] != weights[1] * groups) {
    refuse("input has " + std::to_string(in[1]) + " channels; weight of shape " + weights.text() +
           " with groups = " + std::to_string(groups) + " allows " +
           std::to_string(weights[1] * groups));
  }
  if (!options.bias.empty() && options.bias.size() != static_cast<std::size_t>(out)) {
    refuse("bias has " + std::to_string(options.bias.size()) + " values; allowed: " +
           std::to_string(out) + ", one for each output channel");
  }
}

// Strides that pass over the last output change nothing but the memory that they take.
Shape useful_strides(const Problem& p) {
  constexpr Index kMostExtent = Index{1} << 48;  // nothing below overflows
  Shape result = p.stride;
  for (int axis = 0; axis < p.rank(); ++axis) {
    const Padding& padding = p.padding_of(axis);
    const Index n = p.input_extent(axis), e = p.dilated(axis);
    if (std::max({n, e, padding.before, padding.after}) > kMostExtent) continue;
    const Index room = n + padding.before + padding.after;
    result[axis] = std::min(p.stride[axis], std::max<Index>(1, room - e + 1));
  }
  return result;
}

}  // namespace

Problem layer_problem(const Shape& in, Array<double> weights, const LayerOptions& options) {
  const Shape shape = weights.extents();
  check_axes(in, shape, options);
  check_channels(in, shape, options);
  Problem p;
  Shape kernels{shape[0] * shape[1]};
  for (Index taps : shape.from(2)) kernels.push_back(taps);
  p.kernels = std::move(weights).reshaped(kernels);
  for (Index o = 0; o < shape[0]; ++o) {
    const Index group = o / (shape[0] / options.groups);
    for (Index i = 0; i < shape[1]; ++i) {
      p.paths.push_back({group * shape[1] + i, o, o * shape[1] + i});
    }
  }
  p.in_channels = in[1];
  p.out_channels = shape[0];
  p.extent = in[2];
  p.inner = in.from(3);
  p.padding = options.padding;
  p.stride = options.stride;
  p.dilation = options.dilation;
  p.boundary = options.boundary;
  p.constant = options.constant;
  p.bias = options.bias;
  p.stride = useful_strides(p);
  return p;
}

}  // namespace faltung
