// Transposed convolution, and both kinds of convolution backwards.
#include <optional>
#include <tuple>

#include "engine/layers/convolution_gradient.h"
#include "plugins/python/machine.h"
#include "plugins/python/module.h"

namespace faltung {
namespace {

// stride, dilation, padding, groups
using Geometry = std::tuple<std::vector<Index>, std::vector<Index>, Pairs, Index>;

LayerGeometry geometry_from(const Geometry& g) {
  return {shape_from(std::get<0>(g)), shape_from(std::get<1>(g)), paddings_from(std::get<2>(g)),
          std::get<3>(g)};
}

template <class T>
const T* bias_of(const std::optional<py::array>& bias, Index channels) {
  if (!bias) return nullptr;
  if (bias->ndim() != 1 || bias->shape(0) != channels) {
    throw py::value_error("bias has " + std::to_string(bias->size()) + " values; allowed: " +
                          std::to_string(channels));
  }
  return input_of<T>(*bias, "bias").data();
}

py::array conv_transpose(const py::array& input, const py::array& weight,
                         const std::optional<py::array>& bias, const Geometry& g,
                         const std::vector<Index>& output_padding) {
  const LayerGeometry geometry = geometry_from(g);
  return with_sample_type(type_of(input, "input"), [&]<class T>() {
    const auto in = input_of<T>(input, "input"), kernel = input_of<T>(weight, "weight");
    const Filled<T> out(transposed_extents(in.extents(), kernel.extents(), geometry,
                                           shape_from(output_padding)));
    const T* shift = bias_of<T>(bias, out.view.extent(1));
    const auto pool = workers();
    {
      const py::gil_scoped_release unlocked;
      transposed_convolution<T>(in, kernel, shift, geometry, out.view, pool.get());
    }
    return out.array;
  });
}

// Gradients of input, weight and bias. `input_gradient` and `kernel_gradient` are those of the
// layer's kind.
template <class InputGradient, class KernelGradient>
py::tuple backward(const py::array& grad, const py::array& input, const py::array& weight,
                   InputGradient input_gradient, KernelGradient kernel_gradient) {
  return with_sample_type(type_of(grad, "grad"), [&]<class T>() {
    const auto from = input_of<T>(grad, "grad");
    const auto in = input_of<T>(input, "input"), kernel = input_of<T>(weight, "weight");
    const Filled<T> d_input(in.extents()), d_weight(kernel.extents());
    const Filled<T> d_bias(Shape{from.extent(1)});
    const auto pool = workers();
    {
      const py::gil_scoped_release unlocked;
      input_gradient(from, kernel, d_input.view, pool.get());
      kernel_gradient(in, from, d_weight.view, pool.get());
      bias_gradient<T>(from, d_bias.view.data());
    }
    return py::make_tuple(d_input.array, d_weight.array, d_bias.array);
  });
}

py::tuple conv_backward(const py::array& grad, const py::array& input, const py::array& weight,
                        const Geometry& g) {
  const LayerGeometry geometry = geometry_from(g);
  check_extents("grad", shape_of(grad),
                convolution_extents(shape_of(input), shape_of(weight), geometry));
  return backward(
      grad, input, weight,
      [&]<class T>(const View<const T>& from, const View<const T>& kernel, const View<T>& to,
                   Workers* pool) {
        convolution_input_gradient<T>(from, kernel, geometry, to, pool);
      },
      [&]<class T>(const View<const T>& in, const View<const T>& from, const View<T>& to,
                   Workers* pool) {
        convolution_kernel_gradient<T>(in, from, geometry, to, pool);
      });
}

py::tuple conv_transpose_backward(const py::array& grad, const py::array& input,
                                  const py::array& weight, const Geometry& g,
                                  const std::vector<Index>& output_padding) {
  const LayerGeometry geometry = geometry_from(g);
  check_extents("grad", shape_of(grad),
                transposed_extents(shape_of(input), shape_of(weight), geometry,
                                   shape_from(output_padding)));
  return backward(
      grad, input, weight,
      [&]<class T>(const View<const T>& from, const View<const T>& kernel, const View<T>& to,
                   Workers* pool) {
        transposed_input_gradient<T>(from, kernel, geometry, to, pool);
      },
      [&]<class T>(const View<const T>& in, const View<const T>& from, const View<T>& to,
                   Workers* pool) {
        transposed_kernel_gradient<T>(in, from, geometry, to, pool);
      });
}

}  // namespace

void define_gradients(py::module_& module) {
  module.def("conv_transpose", &conv_transpose, py::arg("input"), py::arg("weight"),
             py::arg("bias"), py::arg("geometry"), py::arg("output_padding"));
  module.def("conv_backward", &conv_backward, py::arg("grad"), py::arg("input"), py::arg("weight"),
             py::arg("geometry"));
  module.def("conv_transpose_backward", &conv_transpose_backward, py::arg("grad"),
             py::arg("input"), py::arg("weight"), py::arg("geometry"), py::arg("output_padding"));
}

}  // namespace faltung
