// Interpolation and batch normalisation.
#include <optional>

#include "engine/layers/batch_norm.h"
#include "engine/layers/upsample.h"
#include "plugins/python/machine.h"
#include "plugins/python/module.h"

namespace faltung {
namespace {

Upsampling upsampling(const std::string& kind, std::vector<double> steps) {
  const std::pair<const char*, Interpolation> kinds[] = {
      {"nearest", Interpolation::nearest},
      {"nearest-exact", Interpolation::nearest_centre},
      {"linear", Interpolation::linear},
      {"linear-corners", Interpolation::linear_corners}};
  for (const auto& [name, value] : kinds) {
    if (kind == name) return {value, std::move(steps)};
  }
  throw py::value_error("no interpolation '" + kind + "'");
}

// Along the way or back: run(in, options, out, workers) fills an array of `shape`.
template <class Run>
py::array resized(const py::array& input, const std::vector<Index>& shape,
                  const Upsampling& options, Run run) {
  return with_sample_type(type_of(input, "input"), [&]<class T>() {
    const auto in = input_of<T>(input, "input");
    const Filled<T> out(shape_from(shape));
    const auto pool = workers();
    {
      const py::gil_scoped_release unlocked;
      run(in, options, out.view, pool.get());
    }
    return out.array;
  });
}

py::array interpolate(const py::array& input, const std::vector<Index>& shape,
                      const std::string& kind, const std::vector<double>& steps) {
  return resized(input, shape, upsampling(kind, steps),
                 []<class T>(const View<const T>& in, const Upsampling& options,
                             const View<T>& out, Workers* pool) {
                   upsample<T>(in, options, out, pool);
                 });
}

py::array interpolate_backward(const py::array& grad, const std::vector<Index>& shape,
                               const std::string& kind, const std::vector<double>& steps) {
  return resized(grad, shape, upsampling(kind, steps),
                 []<class T>(const View<const T>& in, const Upsampling& options,
                             const View<T>& out, Workers* pool) {
                   upsample_gradient<T>(in, options, out, pool);
                 });
}

BatchNorm norm_from(const Doubles& mean, const Doubles& variance,
                    const std::optional<Doubles>& gain, const std::optional<Doubles>& shift,
                    double epsilon) {
  BatchNorm norm{doubles_from(mean), doubles_from(variance)};
  if (gain) norm.gain = doubles_from(*gain);
  if (shift) norm.shift = doubles_from(*shift);
  norm.epsilon = epsilon;
  return norm;
}

py::array normalised(const py::array& input, const Doubles& mean, const Doubles& variance,
                     const std::optional<Doubles>& gain, const std::optional<Doubles>& shift,
                     double epsilon) {
  const BatchNorm norm = norm_from(mean, variance, gain, shift, epsilon);
  return with_sample_type(type_of(input, "input"), [&]<class T>() {
    const auto in = input_of<T>(input, "input");
    const Filled<T> out(in.extents());
    const auto pool = workers();
    {
      const py::gil_scoped_release unlocked;
      batch_norm<T>(in, norm, out.view, pool.get());
    }
    return out.array;
  });
}

// The folded kernel and bias, in float64: whoever has float32 rounds once.
py::tuple folded(const Doubles& weight, const std::optional<Doubles>& bias, const Doubles& mean,
                 const Doubles& variance, const std::optional<Doubles>& gain,
                 const std::optional<Doubles>& shift, double epsilon, bool transposed,
                 Index groups) {
  const BatchNorm norm = norm_from(mean, variance, gain, shift, epsilon);
  const Filled<double> kernel(shape_of(weight));
  std::copy_n(weight.data(), weight.size(), kernel.view.data());
  std::vector<double> offsets;
  if (bias) offsets = doubles_from(*bias);
  fold(norm, transposed ? KernelOrder::in_first : KernelOrder::out_first, groups, kernel.view,
       offsets);
  return py::make_tuple(kernel.array, Doubles(static_cast<py::ssize_t>(offsets.size()),
                                              offsets.data()));
}

}  // namespace

void define_layers(py::module_& module) {
  module.def("interpolate", &interpolate, py::arg("input"), py::arg("shape"), py::arg("kind"),
             py::arg("steps"));
  module.def("interpolate_backward", &interpolate_backward, py::arg("grad"), py::arg("shape"),
             py::arg("kind"), py::arg("steps"));
  module.def("batch_norm", &normalised, py::arg("input"), py::arg("mean"), py::arg("variance"),
             py::arg("gain"), py::arg("shift"), py::arg("epsilon"));
  module.def("fold_batch_norm", &folded, py::arg("weight"), py::arg("bias"), py::arg("mean"),
             py::arg("variance"), py::arg("gain"), py::arg("shift"), py::arg("epsilon"),
             py::arg("transposed"), py::arg("groups"));
}

}  // namespace faltung
