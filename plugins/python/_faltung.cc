// The module _faltung: NumPy arrays to views, calls without the interpreter's lock, errors.
//
// The only file that knows pybind11. The Python modules beside it check and arrange arguments;
// what passes through here is [item, channel, axis…] in float32 or float64.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/layers/convolve_array.h"
#include "engine/layers/layer_problem.h"
#include "plugins/python/machine.h"

namespace py = pybind11;

namespace faltung {
namespace {

using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

constexpr double kTolerance32 = 1e-6;  // as the program promises
constexpr double kTolerance64 = 1e-13;

Shape shape_of(const py::array& array) {
  Shape shape;
  for (py::ssize_t axis = 0; axis < array.ndim(); ++axis) shape.push_back(array.shape(axis));
  return shape;
}

Shape shape_from(const std::vector<Index>& values) {
  Shape shape;
  for (Index value : values) shape.push_back(value);
  return shape;
}

Array<double> array_from(const Doubles& values) {
  Array<double> result(shape_of(values));
  std::copy_n(values.data(), result.size(), result.data());
  return result;
}

SampleType type_of(const py::array& array, const char* what) {
  if (py::isinstance<py::array_t<float>>(array)) return SampleType::float32;
  if (py::isinstance<py::array_t<double>>(array)) return SampleType::float64;
  throw py::type_error(std::string(what) + " has dtype " + std::string(py::str(array.dtype())) +
                       "; allowed: float32 and float64 in native byte order");
}

template <class T>
View<T> view_of(const py::array& array, T* data, const char* what) {
  Shape strides;
  for (py::ssize_t axis = 0; axis < array.ndim(); ++axis) {
    const py::ssize_t bytes = array.strides(axis), size = static_cast<py::ssize_t>(sizeof(T));
    if (bytes % size != 0) throw py::value_error(std::string(what) + " is not aligned");
    strides.push_back(bytes / size);
  }
  return View<T>(data, shape_of(array), strides);
}

// Everything of a call but its arrays.
struct Options {
  std::vector<Index> stride, dilation;
  std::vector<std::pair<Index, Index>> padding;
  Index groups;
  std::string boundary;
  double constant;
  std::optional<Doubles> bias;
  std::string method;
  double tolerance;  // 0: the sample type's
};

LayerOptions layer_options(const Options& o) {
  LayerOptions layer;
  layer.stride = shape_from(o.stride);
  layer.dilation = shape_from(o.dilation);
  for (const auto& [before, after] : o.padding) layer.padding.push_back({before, after});
  layer.groups = o.groups;
  const std::optional<Boundary> boundary = boundary_from_name(o.boundary);
  if (!boundary) {
    throw py::value_error("boundary = '" + o.boundary + "'; allowed: " + boundary_names());
  }
  layer.boundary = *boundary;
  layer.constant = o.constant;
  if (o.bias) layer.bias.assign(o.bias->data(), o.bias->data() + o.bias->size());
  return layer;
}

Problem problem_of(const py::array& input, const Doubles& weight, const Options& o) {
  Problem p = layer_problem(shape_of(input), array_from(weight), layer_options(o));
  p.arithmetic = type_of(input, "input");
  const double usual = p.arithmetic == SampleType::float32 ? kTolerance32 : kTolerance64;
  p.tolerance = o.tolerance > 0 ? o.tolerance : usual;
  return p;
}

py::array new_array(const Shape& shape, const py::dtype& type) {
  return py::array(type, std::vector<py::ssize_t>(shape.begin(), shape.end()));
}

py::array correlate(const py::array& input, const Doubles& weight, const Options& o) {
  Problem p = problem_of(input, weight, o);
  const Index items = input.shape(0);
  return with_sample_type(p.arithmetic, [&]<class T>() {
    const auto in = view_of(input, static_cast<const T*>(input.data()), "input");
    const auto pool = workers();
    std::optional<ArrayConvolution> convolution;
    {
      const py::gil_scoped_release unlocked;
      convolution.emplace(std::move(p), items, ArraySetting{&machine_costs(), pool.get(), o.method});
    }
    py::array output = new_array(convolution->output_shape(), py::dtype::of<T>());
    const View<T> out(static_cast<T*>(output.mutable_data()), convolution->output_shape());
    {
      const py::gil_scoped_release unlocked;
      convolution->run<T>(in, out);
      convolution.reset();
    }
    return output;
  });
}

// [(solver, detail, seconds for a position or None, error), …], the chosen one first.
py::list candidates(const py::array& input, const Doubles& weight, const Options& o) {
  const Problem p = problem_of(input, weight, o);
  const Plan plan = make_plan(p, machine_costs(), nullptr, o.method);
  py::list result;
  const auto add = [&](const Candidate& c) {
    const py::object seconds = c.seconds < 0 ? py::object(py::none()) : py::float_(c.seconds);
    result.append(py::make_tuple(c.solver, c.detail, seconds, c.error));
  };
  add(plan.candidates[plan.chosen]);
  for (std::size_t i = 0; i < plan.candidates.size(); ++i) {
    if (i != plan.chosen) add(plan.candidates[i]);
  }
  return result;
}

// The two functions have the same arguments; with `body` taking them as Options.
template <class... Arrays, class Body>
auto with_options(Body body) {
  return [body](Arrays... arrays, const std::vector<Index>& stride,
                const std::vector<Index>& dilation,
                const std::vector<std::pair<Index, Index>>& padding, Index groups,
                const std::string& boundary, double constant, const std::optional<Doubles>& bias,
                const std::string& method, double tolerance) {
    return body(arrays..., Options{stride, dilation, padding, groups, boundary, constant, bias,
                                   method, tolerance});
  };
}

template <class Function, class... Arrays>
void define(py::module_& module, const char* name, Function function, const Arrays&... arrays) {
  module.def(name, function, arrays..., py::kw_only(), py::arg("stride"), py::arg("dilation"),
             py::arg("padding"), py::arg("groups"), py::arg("boundary"), py::arg("constant"),
             py::arg("bias"), py::arg("method"), py::arg("tolerance"));
}

}  // namespace
}  // namespace faltung

PYBIND11_MODULE(_faltung, module) {
  using namespace faltung;
  module.doc() = "The engine's door: see the modules of the package faltung.";
  py::register_exception_translator([](std::exception_ptr error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const Error& e) {
      PyErr_SetString(PyExc_ValueError, e.what());
    }
  });
  define(module, "correlate", with_options<const py::array&, const Doubles&>(correlate),
         py::arg("input"), py::arg("weight"));
  define(module, "candidates", with_options<const py::array&, const Doubles&>(candidates),
         py::arg("input"), py::arg("weight"));
  module.def("set_threads", &set_threads, py::arg("threads"));
  module.def("threads", [] { return workers()->threads(); });
}
