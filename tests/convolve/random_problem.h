// Random convolution problems and their inputs, for tests of solvers and stages.
#pragma once

#include <cmath>
#include <random>
#include <vector>

#include "engine/convolve/problem.h"
#include "engine/convolve/streaming.h"

namespace faltung::testing {

inline Index draw(std::mt19937& random, Index low, Index high) {
  return std::uniform_int_distribution<Index>(low, high)(random);
}

inline void fill_noise(std::mt19937& random, double* values, Index count) {
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (Index i = 0; i < count; ++i) values[i] = uniform(random);
}

// Rank 1 to 4, even and odd kernels, kernels longer than the signal, extents of 1, every boundary,
// groups, shared kernels, stride, dilation, asymmetric padding and interleaved samples.
inline Problem random_problem(std::mt19937& random) {
  Problem p;
  const int rank = static_cast<int>(draw(random, 1, 4));
  const Index largest[] = {300, 24, 10, 6};
  const Index most_taps[] = {70, 9, 4, 3};
  p.boundary = static_cast<Boundary>(draw(random, 0, 5));
  p.constant = 0.75;
  Shape taps, extents;
  for (int axis = 0; axis < rank; ++axis) {
    taps.push_back(draw(random, 1, most_taps[rank - 1]));
    extents.push_back(draw(random, 0, 9) == 0 ? 1 : draw(random, 1, largest[rank - 1]));
    p.stride.push_back(draw(random, 0, 2) == 0 ? draw(random, 1, 3) : 1);
    p.dilation.push_back(draw(random, 0, 2) == 0 ? draw(random, 1, 3) : 1);
    const Index e = dilated_extent(taps[axis], p.dilation[axis]);
    Padding padding = draw(random, 0, 2) == 0 ? Padding{draw(random, 0, e), draw(random, 0, e)}
                                              : padding_for(static_cast<Mode>(draw(random, 0, 1)), e);
    while (extents[axis] + padding.before + padding.after < e) ++padding.after;
    p.padding.push_back(padding);
  }
  p.extent = extents[0];
  p.inner = extents.from(1);
  const int last = rank - 1;
  if (last > 0 && p.stride[last] == 1 && draw(random, 0, 4) == 0) {
    p.interleaved = draw(random, 2, 3);
    p.inner[last - 1] *= p.interleaved;
    p.dilation[last] *= p.interleaved;
    p.padding.back().before *= p.interleaved;
    p.padding.back().after *= p.interleaved;
  }
  const Index groups = draw(random, 1, 3);
  const Index in_per_group = draw(random, 1, 2), out_per_group = draw(random, 1, 4);
  p.in_channels = groups * in_per_group;
  p.out_channels = groups * out_per_group;
  const bool shared = draw(random, 0, 3) == 0;
  for (Index o = 0; o < p.out_channels; ++o) {
    for (Index i = 0; i < in_per_group; ++i) {
      p.paths.push_back({o / out_per_group * in_per_group + i, o,
                         shared ? 0 : o * in_per_group + i});
    }
  }
  Shape all{shared ? 1 : static_cast<Index>(p.paths.size())};
  for (Index t : taps) all.push_back(t);
  p.kernels = Array<double>(all);
  fill_noise(random, p.kernels.data(), p.kernels.size());
  if (draw(random, 0, 1) == 0) {
    p.bias.resize(static_cast<std::size_t>(p.out_channels));
    fill_noise(random, p.bias.data(), p.out_channels);
  }
  p.arithmetic = draw(random, 0, 1) == 0 ? SampleType::float32 : SampleType::float64;
  return p;
}

inline Array<double> random_input(std::mt19937& random, const Problem& p) {
  Shape extents{p.in_channels, *p.extent};
  for (Index e : p.inner) extents.push_back(e);
  Array<double> in(extents);
  fill_noise(random, in.data(), in.size());
  for (double& x : in) x = static_cast<double>(static_cast<float>(x));
  return in;
}

// Runs a prepared convolution over slabs of the given lengths (repeated), through sample type T.
template <class T>
std::vector<T> stream(Streaming& streaming, const Problem& p, const Array<double>& in,
                      const std::vector<Index>& cuts) {
  const Index inner = p.inner.product(), out_inner = p.output_inner().product();
  const Index total = p.output_extent_of(0), room = streaming.max_output();
  std::vector<T> result(static_cast<std::size_t>(p.out_channels * total * out_inner), T(-99));
  Buffer<T> out(p.out_channels * room * out_inner);
  const SlabOf<T> out_slab{out.data(), p.out_channels, room, out_inner, room * out_inner};
  Index given = 0;
  const auto keep = [&](Index count) {
    REQUIRE(count <= room);
    REQUIRE(given + count <= total);
    for (Index c = 0; c < p.out_channels; ++c) {
      std::copy_n(out_slab.channel(c), count * out_inner,
                  result.begin() + (c * total + given) * out_inner);
    }
    given += count;
  };
  std::size_t cut = 0;
  for (Index at = 0; at < *p.extent;) {
    const Index count = std::min(cuts[cut++ % cuts.size()], *p.extent - at);
    Buffer<T> slab(p.in_channels * count * inner);
    for (Index c = 0; c < p.in_channels; ++c) {
      for (Index i = 0; i < count * inner; ++i) {
        slab[c * count * inner + i] = static_cast<T>(in[(c * *p.extent + at) * inner + i]);
      }
    }
    keep(streaming.process(Slab(SlabOf<T>{slab.data(), p.in_channels, count, inner, count * inner}),
                           Slab(out_slab)));
    at += count;
  }
  for (Index count; (count = streaming.finish(Slab(out_slab))) > 0;) keep(count);
  CHECK(given == total);
  return result;
}

// Largest error relative to the output's peak. A signal of few samples can cancel by chance: the
// peak counts as at least a sixteenth of what inputs of this size can give.
template <class T>
double error_of(const Problem& p, const std::vector<T>& got, const Array<double>& wanted) {
  double worst = 0, peak = p.gain_bound() / 16;
  for (Index i = 0; i < wanted.size(); ++i) {
    worst = std::max(worst,
                     std::abs(static_cast<double>(got[static_cast<std::size_t>(i)]) - wanted[i]));
    peak = std::max(peak, std::abs(wanted[i]));
  }
  return worst / peak;
}

}  // namespace faltung::testing
