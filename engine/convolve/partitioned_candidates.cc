// What partitioned convolution costs: live series by a schedule, all else by uniform partitions.
#include <algorithm>

#include "engine/convolve/overlap_save.h"
#include "engine/convolve/partitioned.h"
#include "engine/convolve/partitioned_tiles.h"
#include "engine/convolve/weighing.h"
#include "engine/fft/real_transform.h"

namespace faltung {
namespace {

std::string why_no_schedule(const Problem& p) {
  if (p.boundary != Boundary::zero) return "only for boundary zero";
  if (p.padding_of(0).before > p.dilated(0) - 1 || p.padding_of(0).after > p.dilated(0) - 1) {
    return "padding beyond the kernel";
  }
  return p.stride[0] > 1 ? "only for stride 1" : "";
}

// Live series: a schedule of partitions.
std::vector<Candidate> scheduled_candidates(const Problem& p, const Costs& costs) {
  std::vector<Candidate> result;
  for (const Schedule& schedule : make_schedules(schedule_request(p), costs)) {
    Candidate candidate;
    candidate.solver = "partitioned";
    candidate.detail = schedule.text();
    candidate.seconds = schedule.seconds;
    candidate.worst_block_s = schedule.worst_block_s;
    double samples = 2;
    for (const LevelPlan& level : schedule.levels) {
      samples = std::max(samples, static_cast<double>(2 * level.partition * level.count));
    }
    candidate.error = transform_error(p.arithmetic, samples);
    candidate.memory = 4 * (p.kernel_count() + 2 * p.in_channels + p.out_channels) * p.dilated(0) *
                       size_of(p.arithmetic);
    candidate.prepare = in_arithmetic<Streaming>(p, [&p, schedule, costs]<class T>(T) {
      return make_partitioned<T>(p, schedule, costs);
    });
    candidate.schedule = schedule;
    result.push_back(candidate);
  }
  return result;
}

Candidate tiles_candidate(const Problem& p, const Shape& f, const Costs::OfType& c,
                          Workers* workers) {
  const Index tile = f[0] / 2;
  const Index partitions = (p.dilated(0) + tile - 1) / tile;
  const double samples = static_cast<double>(f.product());
  Candidate candidate;
  candidate.solver = "partitioned";
  candidate.detail = std::to_string(partitions) +
                     (partitions == 1 ? " partition of " : " partitions of ") +
                     std::to_string(tile) + (p.rank() == 1 ? " taps" : " positions") +
                     (is_tree_transform(f) ? "" : " (FFTW)");
  const double per_transform = transform_seconds(f, c);
  const double transforms =
      static_cast<double>(p.in_channels + p.out_channels) * (per_transform + samples * c.copy);
  const double bytes = samples * static_cast<double>(partitions * (p.kernel_count() + p.in_channels) *
                                                     (p.arithmetic == SampleType::float32 ? 4 : 8));
  const double products = static_cast<double>(p.paths.size()) * static_cast<double>(partitions) *
                          4 * samples / spectra_rate(c, bytes);
  candidate.seconds = (transforms + products) / static_cast<double>(tile);
  candidate.error = transform_error(p.arithmetic, samples * static_cast<double>(partitions));
  const double spectra = static_cast<double>(partitions * (p.kernel_count() + p.in_channels));
  candidate.memory =
      sliding_memory(p, tile, tile, samples * spectra + transform_samples(p, f, workers));
  candidate.prepare = in_arithmetic<Streaming>(p, [&p, workers, f]<class T>(T) {
    return make_sliding<T>(p, make_partitioned_tiles<T>(p, f, workers), workers);
  });
  return candidate;
}

// Uniform partitions; the inner axes go whole into the transform.
std::vector<Candidate> tiles_candidates(const Problem& p, const Costs::OfType& c,
                                        Workers* workers) {
  std::vector<Candidate> result;
  Index most = std::min(kLargestPartition, p.block ? p.live_tile() : kLargestPartition);
  for (Index tile = p.rank() == 1 ? 64 : 1; tile <= most; tile *= 2) {
    if (p.block && p.live_tile() % tile != 0) break;
    Shape f{2 * tile};
    for (int axis = 1; axis < p.rank(); ++axis) {
      f.push_back(good_extent(p.padded(axis), Family::tree, axis == p.rank() - 1));
    }
    if (f.product() > kMaxTileSamples && !result.empty()) break;
    result.push_back(tiles_candidate(p, f, c, workers));
    if (tile >= p.dilated(0)) break;
  }
  keep_best(p, result);
  return result;
}

}  // namespace

std::string why_not_partitioned(const Problem& p) {
  if (p.block && p.rank() == 1) return why_no_schedule(p);
  const std::string reason = why_not_overlap_save(p);
  if (!reason.empty()) return reason;
  return p.stride[0] > 1 ? "only for stride 1 along the stream axis" : "";
}

std::vector<Candidate> partitioned_candidates(const Problem& p, const Costs& costs,
                                              Workers* workers) {
  if (p.block && p.rank() == 1) return scheduled_candidates(p, costs);
  return tiles_candidates(p, costs.of(p.arithmetic), workers);
}

}  // namespace faltung
