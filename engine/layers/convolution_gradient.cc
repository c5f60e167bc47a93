// Convolution layers backwards, and transposed convolution forwards and backwards, any rank.
#include "engine/layers/convolution_gradient.h"

#include "engine/layers/adjoint_convolution.h"
#include "engine/layers/place_products.h"
#include "engine/layers/tap_planes.h"
#include "engine/layers/tap_products.h"
#include "engine/layers/tap_runs.h"

namespace faltung {
namespace {

template <class A, class B, class K>
void check_arrays(const View<A>& a, const View<B>& b, const View<K>& kernel) {
  check_planes("the layer's input or its gradient", a);
  check_planes("the layer's output or its gradient", b);
  if (!kernel.contiguous()) {
    throw Error(Code::configuration, "the layer's kernel has gaps or exchanged axes; it must be "
                                     "row-major and contiguous");
  }
}

// The layer from `in` to `out`.
template <class In, class Out, class K>
TapLayer forward(const View<In>& in, const View<Out>& out, const View<K>& kernel,
                 const LayerGeometry& geometry) {
  check_arrays(in, out, kernel);
  check_extents("the layer's output or its gradient", out.extents(),
                convolution_extents(in.extents(), kernel.extents(), geometry));
  return convolution_layer(in.extents(), kernel.extents(), geometry);
}

// The convolution whose adjoint leads from `in` to `out`.
template <class In, class Out, class K>
TapLayer transposed(const View<In>& in, const View<Out>& out, const View<K>& kernel,
                    const LayerGeometry& geometry) {
  check_arrays(in, out, kernel);
  return transposed_layer(in.extents(), kernel.extents(), geometry, out.extents());
}

template <class T>
void forwards(const TapLayer& layer, const View<const T>& in, const T* kernel, const View<T>& out,
              Workers* workers) {
  const auto way = suits_products(layer) ? correlate_by_products<T>
                   : suits_planes(layer) ? correlate_by_planes<T>
                   : suits_runs(layer)   ? correlate_by_runs<T>
                                         : correlate<T>;
  way(layer, in, kernel, nullptr, out, workers);
}

template <class T>
void backwards(const TapLayer& layer, const View<const T>& out, const T* kernel, const T* bias,
               const View<T>& in, Workers* workers) {
  const auto way = suits_convolution(layer, out.extent(0)) ? adjoint_by_convolution<T>
                   : suits_place_products(layer)           ? adjoint_by_place_products<T>
                   : suits_products(layer)                 ? adjoint_by_products<T>
                   : suits_planes(layer)                   ? adjoint_by_planes<T>
                   : suits_runs(layer)                     ? adjoint_by_runs<T>
                                                           : correlate_adjoint<T>;
  way(layer, out, kernel, bias, in, workers);
}

template <class T>
void to_kernel(const TapLayer& layer, const View<const T>& in, const View<const T>& out, T* kernel,
               Workers* workers) {
  const auto way = suits_products(layer) ? kernel_by_products<T>
                   : suits_planes(layer) ? kernel_by_planes<T>
                   : suits_runs(layer)   ? kernel_by_runs<T>
                                         : correlate_kernel<T>;
  way(layer, in, out, kernel, workers);
}

}  // namespace

template <class T>
void convolution_input_gradient(const View<const T>& out_gradient, const View<const T>& kernel,
                                const LayerGeometry& geometry, const View<T>& in_gradient,
                                Workers* workers) {
  const TapLayer layer = forward(in_gradient, out_gradient, kernel, geometry);
  backwards<T>(layer, out_gradient, kernel.data(), nullptr, in_gradient, workers);
}

template <class T>
void convolution_kernel_gradient(const View<const T>& in, const View<const T>& out_gradient,
                                 const LayerGeometry& geometry, const View<T>& kernel_gradient,
                                 Workers* workers) {
  const TapLayer layer = forward(in, out_gradient, kernel_gradient, geometry);
  to_kernel(layer, in, out_gradient, kernel_gradient.data(), workers);
}

template <class T>
void bias_gradient(const View<const T>& out_gradient, T* bias_gradient) {
  check_planes("the gradient of the layer's output", out_gradient);
  const Index size = plane_size(out_gradient);
  for (Index channel = 0; channel < out_gradient.extent(1); ++channel) {
    double sum = 0;
    for (Index item = 0; item < out_gradient.extent(0); ++item) {
      const T* from = plane(out_gradient, item, channel);
      for (Index n = 0; n < size; ++n) sum += static_cast<double>(from[n]);
    }
    bias_gradient[channel] = static_cast<T>(sum);
  }
}

template <class T>
void transposed_convolution(const View<const T>& in, const View<const T>& kernel, const T* bias,
                            const LayerGeometry& geometry, const View<T>& out, Workers* workers) {
  const TapLayer layer = transposed(in, out, kernel, geometry);
  backwards(layer, in, kernel.data(), bias, out, workers);
}

template <class T>
void transposed_input_gradient(const View<const T>& out_gradient, const View<const T>& kernel,
                               const LayerGeometry& geometry, const View<T>& in_gradient,
                               Workers* workers) {
  const TapLayer layer = transposed(in_gradient, out_gradient, kernel, geometry);
  forwards(layer, out_gradient, kernel.data(), in_gradient, workers);
}

template <class T>
void transposed_kernel_gradient(const View<const T>& in, const View<const T>& out_gradient,
                                const LayerGeometry& geometry, const View<T>& kernel_gradient,
                                Workers* workers) {
  const TapLayer layer = transposed(in, out_gradient, kernel_gradient, geometry);
  to_kernel(layer, out_gradient, in, kernel_gradient.data(), workers);
}

#define FALTUNG_LAYER(NAME, T)                                                                \
  template void NAME(const View<const T>&, const View<const T>&, const LayerGeometry&,        \
                     const View<T>&, Workers*);
#define FALTUNG_LAYERS(T)                                                                     \
  FALTUNG_LAYER(convolution_input_gradient, T)                                                \
  FALTUNG_LAYER(convolution_kernel_gradient, T)                                               \
  FALTUNG_LAYER(transposed_input_gradient, T)                                                 \
  FALTUNG_LAYER(transposed_kernel_gradient, T)                                                \
  template void bias_gradient(const View<const T>&, T*);                                      \
  template void transposed_convolution(const View<const T>&, const View<const T>&, const T*,  \
                                       const LayerGeometry&, const View<T>&, Workers*);
FALTUNG_LAYERS(float)
FALTUNG_LAYERS(double)

}  // namespace faltung
