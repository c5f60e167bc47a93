// NumPy arrays to views and back, and the parts of the module _faltung.
//
// The only file that includes pybind11; what implements a part includes this one. Arrays are
// [item, channel, axis…] in float32 or float64; the Python modules have checked and arranged them.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/convolve/workers.h"
#include "engine/nd/array.h"
#include "engine/nd/element.h"
#include "engine/nd/geometry.h"
#include "engine/nd/slab.h"

namespace faltung {

namespace py = pybind11;

using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;
using Indices = py::array_t<Index, py::array::c_style>;
using Pairs = std::vector<std::pair<Index, Index>>;

Shape shape_of(const py::array& array);
Shape shape_from(const std::vector<Index>& values);
std::vector<Padding> paddings_from(const Pairs& pairs);
std::vector<double> doubles_from(const Doubles& values);
Array<double> array_from(const Doubles& values);

// Throws TypeError for other types than float32 and float64 in native byte order.
SampleType type_of(const py::array& array, const char* what);

// The element of NumPy's type number, or nothing.
std::optional<Element> element_of(const py::array& array);

// Uninitialised.
py::array new_array(const Shape& shape, const py::dtype& type);

// The array's own memory. Throws ValueError where its strides are no whole numbers of samples.
template <class T>
View<T> view_of(const py::array& array, T* data, const char* what) {
  if (array.size() == 0) return View<T>(data, shape_of(array));  // NumPy's strides are 0 then
  Shape strides;
  for (py::ssize_t axis = 0; axis < array.ndim(); ++axis) {
    const py::ssize_t bytes = array.strides(axis), size = static_cast<py::ssize_t>(sizeof(T));
    if (bytes % size != 0) throw py::value_error(std::string(what) + " is not aligned");
    strides.push_back(bytes / size);
  }
  return View<T>(data, shape_of(array), strides);
}

template <class T>
View<const T> input_of(const py::array& array, const char* what) {
  if (type_of(array, what) != sample_type_of<T>) {
    throw py::type_error(std::string(what) + " is not of the other arrays' type");
  }
  return view_of(array, static_cast<const T*>(array.data()), what);
}

// The array as it lies, of any real type. Throws TypeError for others and for foreign byte order.
ElementView element_view(const py::array& array, const char* what);

// The same for what needs no care: a NumPy array itself, not of a derived type, float32 or float64
// in native byte order, of a rank the engine has, with values. Nothing otherwise.
std::optional<ElementView> plain_array(const py::object& object);

// A new array of that shape and the view to fill it through.
template <class T>
struct Filled {
  explicit Filled(const Shape& shape)
      : array(new_array(shape, py::dtype::of<T>())),
        view(static_cast<T*>(array.mutable_data()), shape) {}
  py::array array;
  View<T> view;
};

// The parts: each adds its functions and classes.
void define_convolution(py::module_& module);  // convolution.cc
void define_gradients(py::module_& module);    // gradients.cc
void define_pooling(py::module_& module);      // pooling.cc
void define_layers(py::module_& module);       // layers.cc
void define_stream(py::module_& module);       // stream.cc
void define_pipeline(py::module_& module);     // pipeline.cc
void define_filters(py::module_& module);      // filters.cc
void define_series(py::module_& module);       // series.cc

}  // namespace faltung
