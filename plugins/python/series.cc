// scipy.signal's convolve and correlate of plain arrays without a detour through Python.
#include <algorithm>
#include <cmath>

#include "plugins/python/kept.h"
#include "plugins/python/module.h"

namespace faltung {
namespace {

constexpr int kMostAxes = kMaxRank - 2;  // beside item and channel

enum class Mode { full, same, valid };

std::optional<Mode> mode_of(PyObject* mode) {
  if (!PyUnicode_Check(mode)) return std::nullopt;
  if (PyUnicode_CompareWithASCIIString(mode, "full") == 0) return Mode::full;
  if (PyUnicode_CompareWithASCIIString(mode, "same") == 0) return Mode::same;
  if (PyUnicode_CompareWithASCIIString(mode, "valid") == 0) return Mode::valid;
  return std::nullopt;
}

std::optional<ElementView> operand(const py::object& object) {
  std::optional<ElementView> view = plain_array(object);
  if (view && (view->extents.rank() < 1 || view->extents.rank() > kMostAxes)) return std::nullopt;
  return view;
}

ElementView with_item_and_channel(const ElementView& view) {
  ElementView result{view.data, view.type, {1, 1}, {0, 0}};
  for (int axis = 0; axis < view.extents.rank(); ++axis) {
    result.extents.push_back(view.extents[axis]);
    result.strides.push_back(view.strides[axis]);
  }
  return result;
}

bool covers(const Shape& a, const Shape& b) {
  for (int axis = 0; axis < a.rank(); ++axis) {
    if (a[axis] < b[axis]) return false;
  }
  return true;
}

// Dense taps in float64, reversed where `flip`.
std::vector<double> taps_of(const ElementView& view, bool flip) {
  std::vector<double> taps(static_cast<std::size_t>(view.extents.product()));
  gather(view, taps.data());
  if (flip) std::reverse(taps.begin(), taps.end());
  return taps;
}

// The padding with which taps of that extent give `count` outputs, the first one at output `first`
// of the full convolution.
Padding padding_for(Index taps, Index extent, Index first, Index count) {
  const Index before = taps - 1 - first;
  return {before, count + taps - 1 - extent - before};
}

// How operands meet, beside their mode.
struct Meeting {
  bool flip;          // convolution
  Index same_shift;   // 1: "same" of an even kernel begins one output later
  Boundary boundary;  // what lies outside in1
  double constant;
};

py::object computed(const ElementView& signal, const ElementView& kernel, const Meeting& how,
                    const std::vector<Padding>& padding) {
  const std::vector<double> taps = taps_of(kernel, how.flip);
  const ElementView in = with_item_and_channel(signal);
  Asked asked;
  asked.in = in.extents;
  asked.weights = taps.data();
  asked.weight_shape = with_item_and_channel(kernel).extents;
  asked.options.padding = padding;
  asked.options.boundary = how.boundary;
  asked.options.constant = how.constant;
  asked.options.stride = asked.options.dilation = Shape::filled(signal.extents.rank(), 1);
  asked.arithmetic = in.type == Element::float32 ? SampleType::float32 : SampleType::float64;
  asked.blocks = !is_plain(in, asked.arithmetic);
  std::optional<Kept> kept;
  {
    const py::gil_scoped_release unlocked;
    kept.emplace(asked);
  }
  const py::array output = new_array(
      (*kept)->output_shape().from(2),
      in.type == Element::float32 ? py::dtype::of<float>() : py::dtype::of<double>());
  const ElementView out = with_item_and_channel(element_view(output, "output"));
  const py::gil_scoped_release unlocked;
  (*kept)->run(in, out, {});
  kept.reset();
  return output;
}

Padding padding_of(Mode mode, Index n, Index m, Index same_shift, bool exchanged) {
  const Index first = mode == Mode::full   ? 0
                      : mode == Mode::same ? (m - 1 + same_shift) / 2
                                           : m - 1;
  const Index count = mode == Mode::full ? n + m - 1 : mode == Mode::same ? n : n - m + 1;
  return exchanged ? padding_for(n, m, first, count) : padding_for(m, n, first, count);
}

py::object met(const py::object& in1, const py::object& in2, const py::object& mode,
               const Meeting& how) {
  const std::optional<Mode> wanted = mode_of(mode.ptr());
  std::optional<ElementView> x = operand(in1), k = operand(in2);
  if (!wanted || !x || !k || x->type != k->type || x->extents.rank() != k->extents.rank()) {
    return py::none();
  }
  const Shape n = x->extents, m = k->extents;
  if (*wanted == Mode::valid && !covers(n, m)) return py::none();
  const bool exchanged = n.product() < m.product();
  if (exchanged && !(how.flip && how.boundary == Boundary::zero)) return py::none();
  if (exchanged) std::swap(x, k);
  std::vector<Padding> padding;
  for (int axis = 0; axis < n.rank(); ++axis) {
    padding.push_back(padding_of(*wanted, n[axis], m[axis], how.same_shift, exchanged));
    if (padding.back().before < 0 || padding.back().after < 0) return py::none();
  }
  return computed(*x, *k, how, padding);
}

bool is_text(const py::object& object, const char* text) {
  return PyUnicode_Check(object.ptr()) &&
         PyUnicode_CompareWithASCIIString(object.ptr(), text) == 0;
}

// None where the operands, the mode or the method need more care than this.
py::object convolve(const py::object& in1, const py::object& in2, const py::object& mode,
                    const py::object& method, bool flip) {
  if (!is_text(method, "auto")) return py::none();
  return met(in1, in2, mode, {flip, 0, Boundary::zero, 0});
}

// The same for images with a rule for what lies outside in1.
py::object convolve2d(const py::object& in1, const py::object& in2, const py::object& mode,
                      const py::object& boundary, const py::object& fill, bool flip) {
  const std::optional<ElementView> image = operand(in1);
  const bool number = PyFloat_CheckExact(fill.ptr()) || PyLong_CheckExact(fill.ptr());
  if (!image || image->extents.rank() != 2 || !number) return py::none();
  const double constant = PyFloat_AsDouble(fill.ptr());
  if (PyErr_Occurred()) throw py::error_already_set();
  Meeting how{flip, flip ? 0 : 1, Boundary::zero, 0};
  if (is_text(boundary, "fill")) {
    if (!std::isfinite(constant)) return py::none();
    if (constant != 0) how.boundary = Boundary::constant;
    how.constant = constant;
  } else if (is_text(boundary, "symm")) {
    how.boundary = Boundary::symmetric;
  } else if (is_text(boundary, "wrap")) {
    how.boundary = Boundary::wrap;
  } else {
    return py::none();
  }
  return met(in1, in2, mode, how);
}

}  // namespace

void define_series(py::module_& module) {
  module.def("convolve", &convolve, py::arg("in1"), py::arg("in2"), py::arg("mode"),
             py::arg("method"), py::arg("flip"));
  module.def("convolve2d", &convolve2d, py::arg("in1"), py::arg("in2"), py::arg("mode"),
             py::arg("boundary"), py::arg("fill"), py::arg("flip"));
}

}  // namespace faltung
