// A layer with all channels connected, for tests of what the planner chooses from.
#pragma once

#include "tests/convolve/random_problem.h"

namespace faltung::testing {

inline Problem layer(std::mt19937& random, Index ins, Index outs, Index extent, Index taps) {
  Problem p;
  p.kernels = Array<double>(Shape{ins * outs, taps, taps});
  fill_noise(random, p.kernels.data(), p.kernels.size());
  for (Index o = 0; o < outs; ++o) {
    for (Index i = 0; i < ins; ++i) p.paths.push_back({i, o, o * ins + i});
  }
  p.in_channels = ins;
  p.out_channels = outs;
  p.stride = p.dilation = Shape{1, 1};
  p.padding = {padding_for(Mode::same, taps), padding_for(Mode::same, taps)};
  p.extent = extent;
  p.inner = Shape{extent};
  p.max_slab = extent;
  p.bias.resize(static_cast<std::size_t>(outs), 0.5);
  return p;
}

// The whole signal in one call.
inline std::vector<double> whole(Streaming& streaming, const Problem& p, const Array<double>& in) {
  const Index inner = p.output_inner().product(), positions = p.output_extent_of(0);
  std::vector<double> out(static_cast<std::size_t>(p.out_channels * positions * inner));
  Array<double> copy = in.copy();
  const Index in_inner = p.inner.product();
  streaming.whole(Slab(SlabOf<double>{copy.data(), p.in_channels, *p.extent, in_inner,
                                      *p.extent * in_inner}),
                  Slab(SlabOf<double>{out.data(), p.out_channels, positions, inner,
                                      positions * inner}));
  return out;
}

// Largest error relative to the output's largest value.
inline double error_of_peak(const std::vector<double>& got, const Array<double>& wanted) {
  double peak = 0, worst = 0;
  for (Index i = 0; i < wanted.size(); ++i) {
    peak = std::max(peak, std::abs(wanted[i]));
    worst = std::max(worst, std::abs(got[static_cast<std::size_t>(i)] - wanted[i]));
  }
  return worst / peak;
}

}  // namespace faltung::testing
