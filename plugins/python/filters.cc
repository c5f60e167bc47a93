// scipy.ndimage's filters: arrays of any real type, read and written where they lie.
#include <algorithm>
#include <cstdint>

#include "engine/layers/filter_elements.h"
#include "plugins/python/kept.h"
#include "plugins/python/module.h"

namespace faltung {
namespace {

// The bytes an array lies in, from the first to past the last.
std::pair<std::uintptr_t, std::uintptr_t> range_of(const ElementView& view) {
  auto first = reinterpret_cast<std::uintptr_t>(view.data);
  auto last = first + static_cast<std::uintptr_t>(size_of(view.type));
  for (int axis = 0; axis < view.extents.rank(); ++axis) {
    const Index reach = (view.extents[axis] - 1) * view.strides[axis];
    (reach < 0 ? first : last) += static_cast<std::uintptr_t>(reach);
  }
  return {first, last};
}

// Whether writing one spoils what is still to be read of the other. Identical layouts do not: a
// sample is written after all that it depends on, and what depends on it, have been read; but what
// wraps is read again.
bool in_the_way(const ElementView& in, const ElementView& out, Boundary boundary) {
  if (in.data == out.data && in.type == out.type && in.strides == out.strides &&
      boundary != Boundary::wrap) {
    return false;
  }
  const auto a = range_of(in), b = range_of(out);
  return a.first < b.second && b.first < a.second;
}

// An item and a channel in front.
ElementView as_item(const ElementView& view) {
  ElementView result{view.data, view.type, {1, 1}, {0, 0}};
  for (int axis = 0; axis < view.extents.rank(); ++axis) {
    result.extents.push_back(view.extents[axis]);
    result.strides.push_back(view.strides[axis]);
  }
  return result;
}

struct Taps {
  std::vector<double> values;
  Shape extents;                // one for each axis of the arrays
  std::vector<Padding> padding;
};

// Which axes the taps lie along: one, or all of them.
std::vector<bool> taps_along(int rank, Index axis) {
  std::vector<bool> along(static_cast<std::size_t>(rank), axis < 0);
  if (axis >= 0) along[static_cast<std::size_t>(axis)] = true;
  return along;
}

Taps taps_on(const Doubles& taps, const std::vector<Index>& before,
             const std::vector<bool>& along) {
  Taps result{{taps.data(), taps.data() + taps.size()}, {}, {}};
  std::size_t next = 0;
  for (const bool here : along) {
    const Index count = here ? taps.shape(static_cast<py::ssize_t>(next)) : 1;
    const Index lo = here ? before[next++] : 0;
    result.extents.push_back(count);
    result.padding.push_back({lo, count - 1 - lo});
  }
  return result;
}

// Plans, and plans again where exact sums are wanted that the fastest way does not give.
void prepare(Asked& asked, const FilterRule& rule, std::optional<Kept>& kept) {
  kept.emplace(asked);
  if (rule.tolerance <= 0) return;
  const Candidate& chosen = (*kept)->chosen();
  if (chosen.exact || chosen.error <= rule.tolerance) return;
  kept.reset();
  asked.tolerance = 0;
  kept.emplace(asked);
}

void run(const ElementView& in, const ElementView& out, Taps taps, Boundary boundary,
         double constant, double divisor, const std::string& method) {
  const FilterRule rule = filter_rule(in, taps.values.data(),
                                      static_cast<Index>(taps.values.size()), constant, divisor,
                                      out.type);
  if (rule.divided_taps) for (double& tap : taps.values) tap /= divisor;
  Asked asked;
  const ElementView item = as_item(in), result = as_item(out);
  asked.in = item.extents;
  asked.weights = taps.values.data();
  asked.weight_shape = Shape{1, 1};
  for (Index extent : taps.extents) asked.weight_shape.push_back(extent);
  asked.options.padding = taps.padding;
  asked.options.stride = asked.options.dilation = Shape::filled(taps.extents.rank(), 1);
  asked.options.boundary = boundary;
  asked.options.constant = constant;
  asked.arithmetic = rule.arithmetic;
  asked.tolerance = rule.tolerance;
  asked.method = method;
  asked.blocks = !is_plain(item, rule.arithmetic) || !is_plain(result, rule.arithmetic) ||
                 rule.storing.divisor != 1;
  std::optional<Kept> kept;
  prepare(asked, rule, kept);
  (*kept)->run(item, result, rule.storing);
}

// Correlates `input` with taps / divisor into `output`, of the same shape: along `axis` (taps have
// one axis), or along all of them (axis < 0). `before`: samples read before the output's position.
void filter(const py::array& input, const py::array& output, const Doubles& taps,
            const std::vector<Index>& before, Index axis, const std::string& boundary,
            double constant, double divisor, const std::string& method) {
  ElementView out = element_view(output, "output");
  if (out.extents.product() == 0) return;
  const Boundary rule = *boundary_from_name(boundary);
  py::array source = input;
  if (in_the_way(element_view(input, "input"), out, rule)) source = input.attr("copy")();
  ElementView in = element_view(source, "input");
  std::vector<bool> along = taps_along(in.extents.rank(), axis);
  merge_axes(in, out, along);
  Taps arranged = taps_on(taps, before, along);
  const py::gil_scoped_release unlocked;
  run(in, out, std::move(arranged), rule, constant, divisor, method);
}

}  // namespace

void define_filters(py::module_& module) {
  module.def("filter", &filter, py::arg("input"), py::arg("output"), py::arg("taps"),
             py::arg("before"), py::arg("axis"), py::arg("boundary"), py::arg("constant"),
             py::arg("divisor"), py::arg("method"));
}

}  // namespace faltung
