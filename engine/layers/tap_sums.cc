// Convolution of whole arrays by the relation of taps, read in its three directions.
#include "engine/layers/tap_sums.h"

#include <array>

namespace faltung {
namespace {

constexpr Index kBlock = 4;  // channels at once: their weights and the sum stay in registers
constexpr Index kLanes = 8;  // partial sums of a dot product, so that it can be a vector's

template <class T>
using Planes = std::array<T*, kBlock>;

// y += Σ_c weights[c]·x_c for `count` planes.
template <int count, class T>
void add_to_output(const TapAxes& axes, const Planes<const T>& x, const T* weights, Index apart,
                   T* out) {
  for_each_run(axes, [&](const Run& run) {
    T* y = out + run.out;
    for (Index n = 0; n < run.count; ++n) {
      T sum = y[n];
      const Index from = run.in + n * run.in_step;
      for (int c = 0; c < count; ++c) {
        sum += weights[c * apart + run.tap] * x[static_cast<std::size_t>(c)][from];
      }
      y[n] = sum;
    }
  });
}

// x += Σ_c weights[c]·y_c for `count` planes.
template <int count, class T>
void add_to_input(const TapAxes& axes, const Planes<const T>& y, const T* weights, Index apart,
                  T* in) {
  for_each_run(axes, [&](const Run& run) {
    T* x = in + run.in;
    const auto row = [&](Index step) {
      for (Index n = 0; n < run.count; ++n) {
        T sum = x[n * step];
        for (int c = 0; c < count; ++c) {
          sum += weights[c * apart + run.tap] * y[static_cast<std::size_t>(c)][run.out + n];
        }
        x[n * step] = sum;
      }
    };
    run.in_step == 1 ? row(1) : row(run.in_step);
  });
}

template <class T>
double dot(const T* a, const T* b, Index step, Index count) {
  std::array<T, kLanes> lanes{};
  Index n = 0;
  for (; n + kLanes <= count; n += kLanes) {
    for (Index l = 0; l < kLanes; ++l) {
      lanes[static_cast<std::size_t>(l)] += a[n + l] * b[(n + l) * step];
    }
  }
  double sum = 0;
  for (; n < count; ++n) sum += static_cast<double>(a[n]) * static_cast<double>(b[n * step]);
  for (T lane : lanes) sum += static_cast<double>(lane);
  return sum;
}

// Planes [first, first + kBlock) of one item, as far as there are any.
template <class T>
Planes<T> planes_from(const View<T>& array, Index item, Index first, Index end) {
  Planes<T> result{};
  for (Index c = 0; c < std::min(kBlock, end - first); ++c) {
    result[static_cast<std::size_t>(c)] = plane(array, item, first + c);
  }
  return result;
}

// Calls body.template operator()<channels>(first) for blocks of channels [0, count).
template <class Body>
void in_blocks(Index count, Body&& body) {
  Index first = 0;
  for (; first + kBlock <= count; first += kBlock) body.template operator()<kBlock>(first);
  for (; first < count; ++first) body.template operator()<1>(first);
}

template <class T>
void start(const View<T>& array, Index item, Index channel, const T* bias) {
  T* to = plane(array, item, channel);
  std::fill(to, to + plane_size(array), bias ? bias[channel] : T{0});
}

}  // namespace

Index TapLayer::taps() const noexcept {
  Index product = 1;
  for (const TapAxis& a : axes) product *= a.taps;
  return product;
}

TapLayer merged(TapLayer layer) {
  TapAxes& axes = layer.axes;
  while (axes.size() > 1) {
    const TapAxis last = axes.back();
    TapAxis& a = axes[axes.size() - 2];
    if (last.taps != 1 || last.stride != 1 || last.before != 0 || last.in != last.out ||
        a.stride != 1) {
      break;
    }
    a.in *= last.in, a.out *= last.in, a.dilation *= last.in, a.before *= last.in;
    axes.pop_back();
  }
  return layer;
}

template <class T>
void correlate(const TapLayer& given, const View<const T>& in, const T* kernel, const T* bias,
               const View<T>& out, Workers* workers) {
  const TapLayer layer = merged(given);
  const Index taps = layer.taps(), per_group = layer.in_per_group();
  for_each_plane(out.extents(), workers, [&](Index item, Index o) {
    start(out, item, o, bias);
    const Index base = o / layer.out_per_group() * per_group;
    in_blocks(per_group, [&]<int count>(Index i) {
      add_to_output<count>(layer.axes, planes_from(in, item, base + i, base + per_group),
                           kernel + (o * per_group + i) * taps, taps, plane(out, item, o));
    });
  });
}

template <class T>
void correlate_adjoint(const TapLayer& given, const View<const T>& out, const T* kernel,
                       const T* bias, const View<T>& in, Workers* workers) {
  const TapLayer layer = merged(given);
  const Index taps = layer.taps(), per_group = layer.out_per_group();
  const Index row = layer.in_per_group() * taps;  // of the kernel: one output channel
  for_each_plane(in.extents(), workers, [&](Index item, Index i) {
    start(in, item, i, bias);
    const Index base = i / layer.in_per_group() * per_group;
    const T* weights = kernel + base * row + i % layer.in_per_group() * taps;
    in_blocks(per_group, [&]<int count>(Index o) {
      add_to_input<count>(layer.axes, planes_from(out, item, base + o, base + per_group),
                          weights + o * row, row, plane(in, item, i));
    });
  });
}

template <class T>
void correlate_kernel(const TapLayer& given, const View<const T>& in, const View<const T>& out,
                      T* kernel, Workers* workers) {
  const TapLayer layer = merged(given);
  const Index taps = layer.taps(), per_group = layer.in_per_group();
  run_tasks(workers, layer.out_channels * per_group, [&](Index pair, int) {
    const Index o = pair / per_group;
    const Index i = o / layer.out_per_group() * per_group + pair % per_group;
    std::vector<double> sums(static_cast<std::size_t>(taps));
    for (Index item = 0; item < in.extent(0); ++item) {
      const T *x = plane(in, item, i), *y = plane(out, item, o);
      for_each_run(layer.axes, [&](const Run& run) {
        sums[static_cast<std::size_t>(run.tap)] +=
            run.in_step == 1 ? dot(y + run.out, x + run.in, 1, run.count)
                             : dot(y + run.out, x + run.in, run.in_step, run.count);
      });
    }
    T* to = kernel + pair * taps;
    for (double sum : sums) *to++ = static_cast<T>(sum);
  });
}

#define FALTUNG_TAP_SUMS(T)                                                                      \
  template void correlate(const TapLayer&, const View<const T>&, const T*, const T*,             \
                          const View<T>&, Workers*);                                             \
  template void correlate_adjoint(const TapLayer&, const View<const T>&, const T*, const T*,     \
                                  const View<T>&, Workers*);                                     \
  template void correlate_kernel(const TapLayer&, const View<const T>&, const View<const T>&,    \
                                 T*, Workers*);
FALTUNG_TAP_SUMS(float)
FALTUNG_TAP_SUMS(double)

}  // namespace faltung
