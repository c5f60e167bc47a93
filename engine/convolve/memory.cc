// What a solver will work with, before anything is allocated: estimates for the planner.
#include "engine/convolve/memory.h"

#include <algorithm>

#include "engine/convolve/sliding.h"

namespace faltung {
namespace {

constexpr double kMostBytes = 0x1p60;     // beyond, sums could overflow

}  // namespace

Index usual_chunk(const Problem& p, const Workers* workers, Index bytes) {
  const Index position = std::max<Index>(1, p.padded_inner().product() * p.in_channels);
  const Index least = p.rank() == 1 ? 256 : 16;
  const Index chunk = std::max(least, bytes / (position * size_of(p.arithmetic)));
  return (p.rank() == 1 ? std::min<Index>(chunk, 16384) : chunk) * slots_of(workers);
}

Index sliding_memory(const Problem& p, Index tile, Index chunk, double own) {
  const double position = static_cast<double>(p.in_channels * p.padded_inner().product());
  const double out_position = static_cast<double>(p.out_channels * p.output_inner().product());
  const Index span = p.dilated(0) + (tile - 1) * p.stride[0];
  const Index taken = std::min(p.max_slab, std::max(chunk, tile));
  const double window = static_cast<double>(window_positions(p, span, taken)) * position;
  const double converted = static_cast<double>(sliding_batch(p, tile, chunk)) * out_position;
  const double bytes =
      (window + converted + own) * static_cast<double>(size_of(p.arithmetic));
  return static_cast<Index>(std::min(bytes, kMostBytes));
}

double transform_samples(const Problem& p, const Shape& f, const Workers* workers) {
  const double samples = static_cast<double>(f.product());
  const double scratch = static_cast<double>(3 + p.in_channels) * slots_of(workers);
  return samples * (static_cast<double>(p.kernel_count()) + scratch);
}

}  // namespace faltung
