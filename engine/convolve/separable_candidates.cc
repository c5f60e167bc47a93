// What separable convolution costs: as many chains of 1-D passes as the kernel has ranks.
#include <algorithm>
#include <cstdio>

#include "engine/convolve/separable.h"
#include "engine/convolve/weighing.h"

namespace faltung {
namespace {

constexpr int kMaxTerms = 8;              // products of 1-D kernels worth trying
constexpr double kPassTraffic = 2.5;      // a pass in plain copies: rows lie pages apart
constexpr Index kMaxSeparableTaps = 255;  // along one axis: beyond, finding them takes too long

}  // namespace

std::string why_not_separable(const Problem& p) {
  if (p.rank() == 1) return "only for images and volumes";
  for (Index s : p.stride) {
    if (s > 1) return "only for stride 1";
  }
  if (mixes_channels(p)) return "mixes channels";
  for (Index extent : p.kernels.extents().from(1)) {
    if (extent > kMaxSeparableTaps) return "more than 255 taps along an axis";
  }
  return "";
}

std::vector<Candidate> separable_candidates(const Problem& p, const Costs& costs,
                                            Workers* workers) {
  std::vector<LowRank> kernels;
  const Shape taps = p.kernels.extents().from(1);
  const Costs::OfType& c = costs.of(p.arithmetic);
  double tap_sum = 0, pass_seconds = 0, error = 0;
  std::size_t most = 0;
  for (Index extent : taps) {
    tap_sum += static_cast<double>(extent);
    pass_seconds += 2 * static_cast<double>(extent) / line_rate(c, static_cast<double>(extent)) +
                    kPassTraffic * c.cached_copy;
  }
  for (Index k = 0; k < p.kernel_count(); ++k) {
    kernels.push_back(low_rank(p.kernel(k), taps, p.tolerance / 10, kMaxTerms));
    if (kernels.back().terms.empty() &&
        std::any_of(p.kernel(k), p.kernel(k) + p.kernel_size(), [](double w) { return w != 0; })) {
      Candidate none;
      none.solver = "separable";
      none.detail = "rank above " + std::to_string(kMaxTerms);
      return {none};
    }
    most = std::max(most, kernels.back().terms.size());
    error = std::max(error, kernels.back().error);
  }
  Candidate candidate;
  candidate.solver = "separable";
  char text[80];
  std::snprintf(text, sizeof text, "rank %zu, kernel error %.1g", most, error);
  candidate.detail = text;
  candidate.seconds = static_cast<double>(most) * pass_seconds * output_samples(p) +
                      input_samples(p) * c.copy;
  candidate.error = error + direct_error(p.arithmetic, static_cast<double>(most) * tap_sum);
  const SeparableWork work = separable_work(p);
  candidate.memory = sliding_memory(p, work.tile, usual_chunk(p, workers),
                                    static_cast<double>(work.samples * slots_of(workers)));
  run_tiles(p, workers, [&p, workers, kernels]<class T>(T) {
    return make_separable<T>(p, kernels, workers);
  }, &candidate);
  return {candidate};
}

}  // namespace faltung
