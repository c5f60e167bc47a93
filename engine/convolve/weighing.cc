// What the solvers share in telling the planner what they cost.
#include "engine/convolve/weighing.h"

#include <algorithm>
#include <cmath>

#include "engine/convolve/depthwise_planes.h"
#include "engine/fft/real_transform.h"

namespace faltung {
namespace {

constexpr Index kFewestRows = 16;  // for each thread: fewer do not make bands

}  // namespace

double input_samples(const Problem& p) {
  return static_cast<double>(p.in_channels * p.padded_inner().product() * p.stride[0]);
}

double output_samples(const Problem& p) {
  return static_cast<double>(p.out_channels * p.output_inner().product());
}

bool mixes_channels(const Problem& p) {
  std::vector<int> inputs(static_cast<std::size_t>(p.out_channels), 0);
  return std::any_of(p.paths.begin(), p.paths.end(), [&](const Path& path) {
    return ++inputs[static_cast<std::size_t>(path.out)] > 1;
  });
}

double transform_seconds(const Shape& extents, const Costs::OfType& c) {
  const double samples = static_cast<double>(extents.product());
  const double rate = is_tree_transform(extents) ? transform_rate(c, samples) : c.fftw;
  return rate * samples * std::log2(samples) / 2;
}

void keep_best(const Problem& p, std::vector<Candidate>& candidates) {
  const auto fits = [&](const Candidate& c) { return p.memory == 0 || c.memory <= p.memory; };
  std::stable_sort(candidates.begin(), candidates.end(),
                   [&](const Candidate& a, const Candidate& b) {
                     return fits(a) != fits(b) ? fits(a) : a.seconds < b.seconds;
                   });
  const auto end = std::find_if_not(candidates.begin(), candidates.end(), fits);
  const auto fitting = end - candidates.begin();
  if (fitting > 3) candidates.erase(candidates.begin() + 3, end);
  const auto most = static_cast<std::size_t>(fitting == 0 ? 3 : std::min<Index>(fitting, 3) + 1);
  if (candidates.size() > most) candidates.resize(most);
}

bool takes_bands(const Problem& p, const Workers* workers) {
  // One path for each output: where channels mix, tasks are channels (direct.cc).
  const bool mixes = static_cast<Index>(p.paths.size()) > p.out_channels;
  const bool few = workers && p.extent && p.output_extent_of(0) < kFewestRows * workers->threads();
  return p.extent && !p.block && p.rank() > 1 && !mixes && !few && !takes_planes(p);
}

}  // namespace faltung
