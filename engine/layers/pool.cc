// Pooling of whole arrays [item, channel, axis…], any rank.
#include "engine/layers/pool.h"

#include <cmath>
#include <limits>

namespace faltung {
namespace {

template <class In, class Out>
TapAxes checked_axes(const View<In>& in, const PoolWindow& window, const View<Out>& out) {
  check_planes("the pool's input", in);
  check_planes("the pool's output", out);
  check_extents("the pool's output", out.extents(), pool_extents(in.extents(), window));
  return pool_axes(in.extents(), window);
}

template <class T>
void largest(const TapAxes& axes, const T* in, T* out) {
  for_each_run(axes, [&](const Run& run) {
    const T* x = in + run.in;
    T* y = out + run.out;
    for (Index n = 0; n < run.count; ++n, x += run.in_step) {
      y[n] = *x > y[n] || *x != *x ? *x : y[n];
    }
  });
}

template <class T>
void largest(const TapAxes& axes, const T* in, T* out, Index* indices) {
  for_each_run(axes, [&](const Run& run) {
    for (Index n = 0; n < run.count; ++n) {
      const Index at = run.in + n * run.in_step, m = run.out + n;
      if (in[at] > out[m] || in[at] != in[at] || indices[m] < 0) {
        out[m] = in[at];
        indices[m] = at;
      }
    }
  });
}

void check_exponent(double p) {
  if (p >= 1 && std::isfinite(p)) return;
  throw Error(Code::configuration, "the pool's exponent p is " + std::to_string(p) +
                                       "; allowed: finite numbers from 1 on");
}

template <class T>
T power(T x, double p) {
  const T size = std::abs(x);
  return p == 1 ? size : p == 2 ? x * x : static_cast<T>(std::pow(size, p));
}

template <class T>
T root(T x, double p) {
  return p == 1 ? x : p == 2 ? std::sqrt(x) : static_cast<T>(std::pow(x, 1 / p));
}

}  // namespace

template <class T>
void max_pool(const View<const T>& in, const PoolWindow& window, const View<T>& out,
              const View<Index>& indices, Workers* workers) {
  const TapAxes axes = checked_axes(in, window, out);
  if (indices.data()) {
    check_planes("the pool's index array", indices);
    check_extents("the pool's index array", indices.extents(), out.extents());
  }
  const Index size = plane_size(out);
  for_each_plane(out.extents(), workers, [&](Index item, Index channel) {
    const T* from = plane(in, item, channel);
    T* to = plane(out, item, channel);
    std::fill(to, to + size, -std::numeric_limits<T>::infinity());
    if (!indices.data()) return largest(axes, from, to);
    Index* where = plane(indices, item, channel);
    std::fill(where, where + size, Index{-1});
    largest(axes, from, to, where);
  });
}

template <class T>
void average_pool(const View<const T>& in, const PoolWindow& window, const PoolDivisor& divisor,
                  const View<T>& out, Workers* workers) {
  const TapAxes axes = checked_axes(in, window, out);
  const std::vector<double> weights = pool_weights(axes, window, divisor);
  for_each_plane(out.extents(), workers, [&](Index item, Index channel) {
    const T* from = plane(in, item, channel);
    T* to = plane(out, item, channel);
    std::fill(to, to + weights.size(), T{0});
    for_each_run(axes, [&](const Run& run) {
      const T* x = from + run.in;
      for (Index n = 0; n < run.count; ++n, x += run.in_step) to[run.out + n] += *x;
    });
    for (double weight : weights) *to++ *= static_cast<T>(weight);
  });
}

template <class T>
void lp_pool(const View<const T>& in, const PoolWindow& window, double p, const View<T>& out,
             Workers* workers) {
  check_exponent(p);
  const TapAxes axes = checked_axes(in, window, out);
  const Index size = plane_size(out);
  for_each_plane(out.extents(), workers, [&](Index item, Index channel) {
    const T* from = plane(in, item, channel);
    T* to = plane(out, item, channel);
    std::fill(to, to + size, T{0});
    for_each_run(axes, [&](const Run& run) {
      const T* x = from + run.in;
      for (Index n = 0; n < run.count; ++n, x += run.in_step) to[run.out + n] += power(*x, p);
    });
    for (Index n = 0; n < size; ++n) to[n] = root(to[n], p);
  });
}

template <class T>
void average_pool_gradient(const View<const T>& out_gradient, const PoolWindow& window,
                           const PoolDivisor& divisor, const View<T>& in_gradient,
                           Workers* workers) {
  const TapAxes axes = checked_axes(in_gradient, window, out_gradient);
  const std::vector<double> weights = pool_weights(axes, window, divisor);
  const Index size = plane_size(in_gradient);
  for_each_plane(in_gradient.extents(), workers, [&](Index item, Index channel) {
    const T* from = plane(out_gradient, item, channel);
    T* to = plane(in_gradient, item, channel);
    std::fill(to, to + size, T{0});
    for_each_run(axes, [&](const Run& run) {
      const double* weight = weights.data() + run.out;
      for (Index n = 0; n < run.count; ++n) {
        to[run.in + n * run.in_step] += from[run.out + n] * static_cast<T>(weight[n]);
      }
    });
  });
}

template <class T>
void lp_pool_gradient(const View<const T>& in, const View<const T>& out,
                      const View<const T>& out_gradient, const PoolWindow& window, double p,
                      const View<T>& in_gradient, Workers* workers) {
  check_exponent(p);
  const TapAxes axes = checked_axes(in, window, out);
  check_planes("the gradient of the pool's output", out_gradient);
  check_extents("the gradient of the pool's output", out_gradient.extents(), out.extents());
  check_planes("the gradient of the pool's input", in_gradient);
  check_extents("the gradient of the pool's input", in_gradient.extents(), in.extents());
  const Index size = plane_size(in_gradient);
  for_each_plane(in.extents(), workers, [&](Index item, Index channel) {
    const T *x = plane(in, item, channel), *y = plane(out, item, channel);
    const T* gradient = plane(out_gradient, item, channel);
    T* to = plane(in_gradient, item, channel);
    std::fill(to, to + size, T{0});
    for_each_run(axes, [&](const Run& run) {
      for (Index n = 0; n < run.count; ++n) {
        const Index from = run.in + n * run.in_step, m = run.out + n;
        if (y[m] == 0 || x[from] == 0) continue;  // also where p = 1 leaves a choice
        // |x|/y is at most 1, so no power overflows.
        const double ratio = static_cast<double>(std::abs(x[from]) / y[m]);
        const T slope = static_cast<T>(std::pow(ratio, p - 1));
        to[from] += gradient[m] * (x[from] < 0 ? -slope : slope);
      }
    });
  });
}

#define FALTUNG_POOL(T)                                                                           \
  template void max_pool(const View<const T>&, const PoolWindow&, const View<T>&,                 \
                         const View<Index>&, Workers*);                                           \
  template void average_pool(const View<const T>&, const PoolWindow&, const PoolDivisor&,         \
                             const View<T>&, Workers*);                                           \
  template void lp_pool(const View<const T>&, const PoolWindow&, double, const View<T>&,          \
                        Workers*);                                                                \
  template void average_pool_gradient(const View<const T>&, const PoolWindow&,                    \
                                      const PoolDivisor&, const View<T>&, Workers*);              \
  template void lp_pool_gradient(const View<const T>&, const View<const T>&,                      \
                                 const View<const T>&, const PoolWindow&, double,                 \
                                 const View<T>&, Workers*);
FALTUNG_POOL(float)
FALTUNG_POOL(double)

}  // namespace faltung
