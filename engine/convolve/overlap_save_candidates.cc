// What overlap-save costs, for every extent of its transforms that is worth considering.
#include <algorithm>
#include <cmath>

#include "engine/convolve/overlap_save.h"
#include "engine/convolve/weighing.h"
#include "engine/fft/real_transform.h"

namespace faltung {
namespace {

constexpr Index kMaxLineSamples = 1 << 17;  // of a 1-D transform, unless the kernel is longer

// Predicted seconds for one output position with transforms of these extents.
double overlap_save_seconds(const Problem& p, const Shape& f, const Costs::OfType& c) {
  double tiles = 1;
  for (int axis = 1; axis < p.rank(); ++axis) {
    const Index tile = (f[axis] - p.dilated(axis)) / p.stride[axis] + 1;
    tiles *= static_cast<double>((p.output_extent_of(axis) + tile - 1) / tile);
  }
  Index outputs = (f[0] - p.dilated(0)) / p.stride[0] + 1;
  if (p.block) outputs = std::min(p.live_tile(), outputs);
  const double along = static_cast<double>(outputs);
  const double samples = static_cast<double>(f.product());
  const double per_transform = transform_seconds(f, c);
  const double in = static_cast<double>(p.in_channels), out = static_cast<double>(p.out_channels);
  const double bytes = samples * static_cast<double>(p.kernel_count() + p.in_channels) *
                       static_cast<double>(size_of(p.arithmetic));
  // Rows that are cut come from memory again for every tile, unless other tiles' parts stay near.
  const int last = p.rank() - 1;
  const bool cut = last > 0 && f[last] < p.padded(last);
  const double copies = samples * c.copy * (cut ? 1 + far_share(2 * samples) : 1);
  const double one_tile = (in + out) * (per_transform + copies) +
                          static_cast<double>(p.paths.size()) * 4 * samples /
                              std::min(c.spectra, spectra_rate(c, bytes));
  double per_position = 1 / along;
  if (p.extent && !p.block) {  // the last tile is computed whole, however little of it is left
    const double all = static_cast<double>(std::max<Index>(1, p.output_extent_of(0)));
    per_position = std::ceil(all / along) / all;
  }
  return one_tile * tiles * per_position + input_samples(p) * c.copy;
}

// Every extent of a family worth considering along one axis.
std::vector<Index> extents_along(const Problem& p, int axis) {
  const bool last = axis == p.rank() - 1;
  const Index e = p.dilated(axis);
  std::vector<Index> result;
  const Index whole = axis > 0 ? p.padded(axis)
                      : p.extent ? *p.extent + p.padding_of(0).before + p.padding_of(0).after
                                 : INT64_MAX;
  if (axis == 0 && p.block) {  // nothing may be held back: one block for each tile
    return {good_extent(e + (p.live_tile() - 1) * p.stride[0], Family::tree, last)};
  }
  Index f = good_extent(e + 1, Family::tree, last);
  const Index most = std::max(f, p.rank() == 1 ? kMaxLineSamples : Index{1} << 12);
  for (; f <= most; f = good_extent(f + 1, Family::tree, last)) {
    result.push_back(f);
    if (f >= whole) break;
  }
  // Live never through FFTW: plans of several axes may allocate when they run.
  if (whole < 8192 && !p.block) result.push_back(good_extent(whole, Family::fftw, last));
  return result;
}

}  // namespace

std::string why_not_overlap_save(const Problem& p) {
  return p.on_time && p.block && p.live_tile() > 1 ? "holds back what calls leave of a block" : "";
}

std::vector<Candidate> overlap_save_candidates(const Problem& p, const Costs& costs,
                                               Workers* workers) {
  std::vector<Shape> shapes{Shape{}};
  for (int axis = 0; axis < p.rank(); ++axis) {
    std::vector<Shape> longer;
    for (const Shape& shape : shapes) {
      for (Index extent : extents_along(p, axis)) {
        Shape next = shape;
        next.push_back(extent);
        if (next.product() <= kMaxTileSamples) longer.push_back(next);
      }
    }
    shapes = longer;
  }
  const Costs::OfType& c = costs.of(p.arithmetic);
  std::vector<Candidate> result;
  for (const Shape& shape : shapes) {
    Candidate candidate;
    candidate.solver = "overlap_save";
    candidate.detail = "transforms of " + shape.text() +
                       (is_tree_transform(shape) ? "" : " (FFTW)");
    candidate.seconds = overlap_save_seconds(p, shape, c);
    candidate.error = transform_error(p.arithmetic, static_cast<double>(shape.product()));
    const Index tile = (shape[0] - p.dilated(0)) / p.stride[0] + 1;
    candidate.memory = sliding_memory(p, tile, tile * p.stride[0] * slots_of(workers),
                                      overlap_save_samples(p, shape, workers));
    run_tiles(p, workers, [&p, workers, shape]<class T>(T) {
      return make_overlap_save<T>(p, shape, workers);
    }, &candidate);
    result.push_back(candidate);
  }
  keep_best(p, result);
  return result;
}

}  // namespace faltung
