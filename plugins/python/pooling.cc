// Pooling of every kind, its gradients, and unpooling.
#include <optional>
#include <tuple>

#include "engine/layers/adaptive_pool.h"
#include "engine/layers/pool.h"
#include "engine/layers/unpool.h"
#include "plugins/python/machine.h"
#include "plugins/python/module.h"

namespace faltung {
namespace {

// size, stride, padding, dilation, ceil
using Window = std::tuple<std::vector<Index>, std::vector<Index>, Pairs, std::vector<Index>, bool>;

PoolWindow window_from(const Window& w) {
  return {shape_from(std::get<0>(w)), shape_from(std::get<1>(w)), shape_from(std::get<3>(w)),
          paddings_from(std::get<2>(w)), std::get<4>(w)};
}

py::tuple max_pool_both(const py::array& input, const Window& w) {
  const PoolWindow window = window_from(w);
  return with_sample_type(type_of(input, "input"), [&]<class T>() {
    const auto in = input_of<T>(input, "input");
    const Filled<T> out(pool_extents(in.extents(), window));
    const Filled<Index> indices(out.view.extents());
    const auto pool = workers();
    {
      const py::gil_scoped_release unlocked;
      max_pool<T>(in, window, out.view, indices.view, pool.get());
    }
    return py::make_tuple(out.array, indices.array);
  });
}

// A pool that gives an array of pool_extents: run(in, out, workers).
template <class Run>
py::array pooled(const py::array& input, const PoolWindow& window, Run run) {
  return with_sample_type(type_of(input, "input"), [&]<class T>() {
    const auto in = input_of<T>(input, "input");
    const Filled<T> out(pool_extents(in.extents(), window));
    const auto pool = workers();
    {
      const py::gil_scoped_release unlocked;
      run(in, out.view, pool.get());
    }
    return out.array;
  });
}

py::array max_pool_values(const py::array& input, const Window& w) {
  const PoolWindow window = window_from(w);
  return pooled(input, window, [&]<class T>(const View<const T>& in, const View<T>& out,
                                            Workers* pool) {
    max_pool<T>(in, window, out, {}, pool);
  });
}

py::array avg_pool(const py::array& input, const Window& w, bool count_include_pad,
                   std::optional<Index> divisor) {
  const PoolWindow window = window_from(w);
  return pooled(input, window, [&]<class T>(const View<const T>& in, const View<T>& out,
                                            Workers* pool) {
    average_pool<T>(in, window, {count_include_pad, divisor}, out, pool);
  });
}

py::array lp_pool_values(const py::array& input, const Window& w, double p) {
  const PoolWindow window = window_from(w);
  return pooled(input, window, [&]<class T>(const View<const T>& in, const View<T>& out,
                                            Workers* pool) {
    lp_pool<T>(in, window, p, out, pool);
  });
}

py::array avg_pool_backward(const py::array& grad, const std::vector<Index>& shape,
                            const Window& w, bool count_include_pad,
                            std::optional<Index> divisor) {
  const PoolWindow window = window_from(w);
  return with_sample_type(type_of(grad, "grad"), [&]<class T>() {
    const auto from = input_of<T>(grad, "grad");
    const Filled<T> to(shape_from(shape));
    const auto pool = workers();
    {
      const py::gil_scoped_release unlocked;
      average_pool_gradient<T>(from, window, {count_include_pad, divisor}, to.view, pool.get());
    }
    return to.array;
  });
}

py::array lp_pool_backward(const py::array& grad, const py::array& input, const py::array& output,
                           const Window& w, double p) {
  const PoolWindow window = window_from(w);
  return with_sample_type(type_of(grad, "grad"), [&]<class T>() {
    const auto from = input_of<T>(grad, "grad"), in = input_of<T>(input, "input");
    const auto out = input_of<T>(output, "output");
    const Filled<T> to(in.extents());
    const auto pool = workers();
    {
      const py::gil_scoped_release unlocked;
      lp_pool_gradient<T>(in, out, from, window, p, to.view, pool.get());
    }
    return to.array;
  });
}

// Samples to their places in planes of `shape`, or back: run(small, indices, large, workers).
template <class Run>
py::array placed(const py::array& input, const Indices& indices, const std::vector<Index>& shape,
                 Run run) {
  return with_sample_type(type_of(input, "input"), [&]<class T>() {
    const auto in = input_of<T>(input, "input");
    const View<const Index> where(indices.data(), shape_of(indices));
    const Filled<T> out(shape_from(shape));
    const auto pool = workers();
    {
      const py::gil_scoped_release unlocked;
      run(in, where, out.view, pool.get());
    }
    return out.array;
  });
}

py::array unpooled(const py::array& input, const Indices& indices,
                   const std::vector<Index>& shape) {
  return placed(input, indices, shape, []<class T>(const View<const T>& in,
                                                   const View<const Index>& where,
                                                   const View<T>& out, Workers* pool) {
    max_unpool<T>(in, where, out, pool);
  });
}

py::array scattered(const py::array& input, const Indices& indices,
                    const std::vector<Index>& shape) {
  return placed(input, indices, shape, []<class T>(const View<const T>& in,
                                                   const View<const Index>& where,
                                                   const View<T>& out, Workers* pool) {
    scatter_add<T>(in, where, out, pool);
  });
}

py::tuple adaptive_max(const py::array& input, const std::vector<Index>& extents) {
  return with_sample_type(type_of(input, "input"), [&]<class T>() {
    const auto in = input_of<T>(input, "input");
    const Filled<T> out(adaptive_extents(in.extents(), shape_from(extents)));
    const Filled<Index> indices(out.view.extents());
    const auto pool = workers();
    {
      const py::gil_scoped_release unlocked;
      adaptive_max_pool<T>(in, out.view, indices.view, pool.get());
    }
    return py::make_tuple(out.array, indices.array);
  });
}

py::array adaptive_avg(const py::array& input, const std::vector<Index>& extents) {
  return with_sample_type(type_of(input, "input"), [&]<class T>() {
    const auto in = input_of<T>(input, "input");
    const Filled<T> out(adaptive_extents(in.extents(), shape_from(extents)));
    const auto pool = workers();
    {
      const py::gil_scoped_release unlocked;
      adaptive_average_pool<T>(in, out.view, pool.get());
    }
    return out.array;
  });
}

py::array adaptive_avg_backward(const py::array& grad, const std::vector<Index>& shape) {
  return with_sample_type(type_of(grad, "grad"), [&]<class T>() {
    const auto from = input_of<T>(grad, "grad");
    const Filled<T> to(shape_from(shape));
    const auto pool = workers();
    {
      const py::gil_scoped_release unlocked;
      adaptive_average_pool_gradient<T>(from, to.view, pool.get());
    }
    return to.array;
  });
}

}  // namespace

void define_pooling(py::module_& module) {
  module.def("max_pool", &max_pool_values, py::arg("input"), py::arg("window"));
  module.def("max_pool_with_indices", &max_pool_both, py::arg("input"), py::arg("window"));
  module.def("avg_pool", &avg_pool, py::arg("input"), py::arg("window"),
             py::arg("count_include_pad"), py::arg("divisor"));
  module.def("lp_pool", &lp_pool_values, py::arg("input"), py::arg("window"), py::arg("p"));
  module.def("avg_pool_backward", &avg_pool_backward, py::arg("grad"), py::arg("shape"),
             py::arg("window"), py::arg("count_include_pad"), py::arg("divisor"));
  module.def("lp_pool_backward", &lp_pool_backward, py::arg("grad"), py::arg("input"),
             py::arg("output"), py::arg("window"), py::arg("p"));
  module.def("max_unpool", &unpooled, py::arg("input"), py::arg("indices"), py::arg("shape"));
  module.def("scatter_add", &scattered, py::arg("input"), py::arg("indices"), py::arg("shape"));
  module.def("adaptive_max_pool", &adaptive_max, py::arg("input"), py::arg("extents"));
  module.def("adaptive_avg_pool", &adaptive_avg, py::arg("input"), py::arg("extents"));
  module.def("adaptive_avg_pool_backward", &adaptive_avg_backward, py::arg("grad"),
             py::arg("shape"));
}

}  // namespace faltung
