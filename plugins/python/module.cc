// NumPy arrays to views and back.
#include "plugins/python/module.h"

#include <algorithm>

namespace faltung {

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

std::vector<Padding> paddings_from(const Pairs& pairs) {
  std::vector<Padding> paddings;
  for (const auto& [before, after] : pairs) paddings.push_back({before, after});
  return paddings;
}

std::vector<double> doubles_from(const Doubles& values) {
  return {values.data(), values.data() + values.size()};
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

py::array new_array(const Shape& shape, const py::dtype& type) {
  return py::array(type, std::vector<py::ssize_t>(shape.begin(), shape.end()));
}

}  // namespace faltung
