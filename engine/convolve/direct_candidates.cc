// What direct convolution costs.
#include <algorithm>
#include <cmath>

#include "engine/convolve/direct.h"
#include "engine/convolve/weighing.h"

namespace faltung {
namespace {

// Rows shared by channels: vectors at a row's end are part empty, and a tap that lies alone makes
// every product load its sample.
double layer_rate(const Problem& p, const Costs::OfType& c) {
  constexpr double kVector = 16;
  const int last = p.rank() - 1;
  const double taps = static_cast<double>(p.taps(last));
  const double reuse = std::max(0.5, 1 - 0.7 / taps);
  if (last == 0) return c.layer * reuse;
  const double columns = static_cast<double>(p.output_extent_of(last));
  return c.layer * reuse * columns / (kVector * std::ceil(columns / kVector));
}

}  // namespace

std::vector<Candidate> direct_candidates(const Problem& p, const Costs& costs, Workers* workers) {
  const Costs::OfType& c = costs.of(p.arithmetic);
  const Index y = p.rank() > 1 ? p.taps(p.rank() - 2) : 1;
  const bool mixes = static_cast<Index>(p.paths.size()) >= 2 * p.out_channels &&
                     p.out_channels >= 2;
  const bool shares = p.rank() > 1 && p.stride[p.rank() - 2] == 1;
  const double rate = mixes    ? layer_rate(p, c)
                      : shares ? rows_rate(c, static_cast<double>(y))
                               : line_rate(c, static_cast<double>(p.taps(p.rank() - 1)));
  Candidate candidate;
  candidate.solver = "direct";
  candidate.detail = mixes ? "signal rows shared by output channels"
                           : shares ? "kernel rows shared by output rows" : "taps along one row";
  candidate.exact = true;
  candidate.seconds = p.flops_per_position() / rate + input_samples(p) * c.copy;
  const double per_out = static_cast<double>(p.paths.size()) / static_cast<double>(p.out_channels);
  candidate.error = direct_error(p.arithmetic, per_out * static_cast<double>(p.kernel_size()));
  const Index chunk = usual_chunk(p, workers);
  const Index phases = p.rank() == 1 && p.stride[0] > 1  // of a series, set apart
                           ? p.in_channels * (chunk + p.dilated(0) + 20 * p.stride[0])
                           : 0;
  candidate.memory =
      sliding_memory(p, 1, chunk, static_cast<double>(p.kernels.size() + phases));
  run_tiles(p, workers, [&p, workers]<class T>(T) { return make_direct<T>(p, workers); },
            &candidate);
  return {candidate};
}

}  // namespace faltung
