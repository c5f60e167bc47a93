// The solver table: what each way of convolving costs and how it is prepared.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "engine/convolve/bands.h"
#include "engine/convolve/box.h"
#include "engine/convolve/depthwise_planes.h"
#include "engine/convolve/direct.h"
#include "engine/convolve/matrix.h"
#include "engine/convolve/memory.h"
#include "engine/convolve/overlap_save.h"
#include "engine/convolve/partitioned.h"
#include "engine/convolve/partitioned_tiles.h"
#include "engine/convolve/planner.h"
#include "engine/convolve/separable.h"
#include "engine/convolve/sparse.h"
#include "engine/convolve/winograd.h"
#include "engine/fft/real_transform.h"

namespace faltung {
namespace {

constexpr int kMaxTerms = 8;               // products of 1-D kernels worth trying
constexpr double kPassTraffic = 2.5;       // a separable pass in plain copies: rows lie pages apart
constexpr Index kMaxSeparableTaps = 255;   // along one axis: beyond, finding them takes too long
constexpr Index kMaxTileSamples = 1 << 23;  // of an N-D transform: 32 MB in float32
constexpr Index kFewestRows = 16;            // for each thread: fewer do not make bands
constexpr Index kMaxLineSamples = 1 << 17;   // of a 1-D transform, unless the kernel is longer

template <class Make>
auto in_arithmetic(const Problem& p, Make&& make) {
  return [&p, make]() -> std::unique_ptr<Streaming> {
    return p.arithmetic == SampleType::float32 ? make(float{}) : make(double{});
  };
}

template <class Make>
auto whole_in_arithmetic(const Problem& p, Make&& make) {
  return [&p, make]() -> std::unique_ptr<Whole> {
    return p.arithmetic == SampleType::float32 ? make(float{}) : make(double{});
  };
}

// Sets both ways to run a tile solver: make(T{}) makes one.
template <class Make>
void run_tiles(const Problem& p, Workers* workers, Make&& make, Candidate* candidate) {
  candidate->prepare = in_arithmetic(p, [&p, workers, make](auto zero) {
    return make_sliding(p, make(zero), workers);
  });
  // One path for each output: where channels mix, tasks are channels (direct.cc).
  const bool mixes = static_cast<Index>(p.paths.size()) > p.out_channels;
  const bool few = workers && p.extent && p.output_extent_of(0) < kFewestRows * workers->threads();
  if (!p.extent || p.block || p.rank() == 1 || mixes || few || takes_planes(p)) return;
  candidate->prepare_whole = whole_in_arithmetic(p, [&p, workers, make](auto zero) {
    return make_bands(p, make(zero), workers);
  });
}

// Samples of padded input for one output position of the stream axis.
double input_samples(const Problem& p) {
  return static_cast<double>(p.in_channels * p.padded_inner().product() * p.stride[0]);
}
double output_samples(const Problem& p) {
  return static_cast<double>(p.out_channels * p.output_inner().product());
}

// A rate known at two numbers of taps, on the logarithm between them.
double interpolated(double taps, double few, double rate_few, double many, double rate_many) {
  const double at = std::clamp(std::log(taps / few) / std::log(many / few), -0.5, 1.0);
  return std::max(rate_few + at * (rate_many - rate_few), rate_few / 2);
}

double rows_rate(const Costs::OfType& c, double taps) {
  return taps < 5 ? interpolated(taps, 3, c.rows_small, 5, c.rows_middle)
                  : interpolated(taps, 5, c.rows_middle, 15, c.rows_large);
}
double line_rate(const Costs::OfType& c, double taps) {
  return interpolated(taps, 3, c.line_small, 32, c.line);
}

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

// The best few say enough: the fastest of those that fit the memory, and of those that do not.
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

// --- direct ---------------------------------------------------------------------------------

std::string always(const Problem&) { return ""; }

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

// --- separable ------------------------------------------------------------------------------

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

// Why low rank was not found is said once, here.
std::string separable_reason(const Problem& p) {
  const std::string reason = why_not_separable(p);
  if (!reason.empty()) return reason;
  for (Index extent : p.kernels.extents().from(1)) {
    if (extent > kMaxSeparableTaps) return "more than 255 taps along an axis";
  }
  return "";
}

// --- overlap_save ---------------------------------------------------------------------------

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
  const double per_transform =
      (is_tree_transform(f) ? transform_rate(c, samples) : c.fftw) * samples *
      std::log2(samples) / 2;
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

// --- partitioned ----------------------------------------------------------------------------

std::string overlap_save_reason(const Problem& p) {
  return p.on_time && p.block && p.live_tile() > 1 ? "holds back what calls leave of a block" : "";
}

std::string partitioned_reason(const Problem& p) {
  if (p.block && p.rank() == 1) return why_not_partitioned(p);
  if (!overlap_save_reason(p).empty()) return overlap_save_reason(p);
  return p.stride[0] > 1 ? "only for stride 1 along the stream axis" : "";
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
    candidate.prepare = in_arithmetic(p, [&p, schedule, costs]<class T>(T) {
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
  const double per_transform =
      (is_tree_transform(f) ? transform_rate(c, samples) : c.fftw) * samples *
      std::log2(samples) / 2;
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
  candidate.prepare = in_arithmetic(p, [&p, workers, f]<class T>(T) {
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

std::vector<Candidate> partitioned_candidates(const Problem& p, const Costs& costs,
                                              Workers* workers) {
  if (p.block && p.rank() == 1) return scheduled_candidates(p, costs);
  return tiles_candidates(p, costs.of(p.arithmetic), workers);
}

}  // namespace

const std::vector<Solver>& solvers() {
  static const std::vector<Solver> table = {
      {"direct", always, direct_candidates},
      {"matrix", why_not_matrix, matrix_candidates},
      {"winograd", why_not_winograd, winograd_candidates},
      {"separable", separable_reason, separable_candidates},
      {"box", why_not_box, box_candidates},
      {"delta", why_not_delta, delta_candidates},
      {"sparse", why_not_sparse, sparse_candidates},
      {"overlap_save", overlap_save_reason, overlap_save_candidates},
      {"partitioned", partitioned_reason, partitioned_candidates},
  };
  return table;
}

}  // namespace faltung
