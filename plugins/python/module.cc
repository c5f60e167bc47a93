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

std::optional<Element> element_of(const py::array& array) {
  const auto* type =
      py::detail::array_descriptor_proxy(py::detail::array_proxy(array.ptr())->descr);
  if (type->byteorder == '>') return std::nullopt;  // this machine is little-endian
  const bool wide = type->elsize == 8;
  switch (type->type_num) {
    case py::detail::npy_api::NPY_BOOL_: return Element::boolean;
    case py::detail::npy_api::NPY_BYTE_: return Element::int8;
    case py::detail::npy_api::NPY_UBYTE_: return Element::uint8;
    case py::detail::npy_api::NPY_SHORT_: return Element::int16;
    case py::detail::npy_api::NPY_USHORT_: return Element::uint16;
    case py::detail::npy_api::NPY_INT_: return Element::int32;
    case py::detail::npy_api::NPY_UINT_: return Element::uint32;
    case py::detail::npy_api::NPY_LONG_:
    case py::detail::npy_api::NPY_LONGLONG_: return wide ? Element::int64 : Element::int32;
    case py::detail::npy_api::NPY_ULONG_:
    case py::detail::npy_api::NPY_ULONGLONG_: return wide ? Element::uint64 : Element::uint32;
    case py::detail::npy_api::NPY_FLOAT_: return Element::float32;
    case py::detail::npy_api::NPY_DOUBLE_: return Element::float64;
    default: return std::nullopt;
  }
}

ElementView element_view(const py::array& array, const char* what) {
  const std::optional<Element> type = element_of(array);
  if (!type) {
    throw py::type_error(std::string(what) + " has dtype " + std::string(py::str(array.dtype())) +
                         "; allowed: bool, integers, float32 and float64 in native byte order");
  }
  ElementView view;
  view.data = static_cast<std::byte*>(const_cast<void*>(array.data()));
  view.type = *type;
  view.extents = shape_of(array);
  for (py::ssize_t axis = 0; axis < array.ndim(); ++axis) {
    view.strides.push_back(array.strides(axis));
  }
  return view;
}

std::optional<ElementView> plain_array(const py::object& object) {
  if (Py_TYPE(object.ptr()) != py::detail::npy_api::get().PyArray_Type_) return std::nullopt;
  const auto array = py::reinterpret_borrow<py::array>(object);
  const std::optional<Element> type = element_of(array);
  if (!type || !is_float(*type) || array.ndim() > kMaxRank || array.size() == 0) {
    return std::nullopt;
  }
  return element_view(array, "array");
}

py::array new_array(const Shape& shape, const py::dtype& type) {
  return py::array(type, std::vector<py::ssize_t>(shape.begin(), shape.end()));
}

}  // namespace faltung
