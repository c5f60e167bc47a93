// Sparse convolution: only the taps that are not 0, wherever they lie; one tap is a copy.
#include "engine/convolve/sparse.h"

#include <algorithm>
#include <cmath>

#include "engine/convolve/weighing.h"
#include "engine/simd/accumulate_rows.h"

namespace faltung {
namespace {

constexpr Index kChunkBytes = 384 << 10;  // of padded input taken at once: stays in level 2
constexpr Index kTaskRows = 8;            // output rows of one task

// --- what the kernels hold --------------------------------------------------------------------

// Neighbouring taps along a row that are not 0. With a stride along the row every run is one tap:
// its neighbour reads another phase.
struct TapRun {
  Index in = 0;        // channel
  Index position = 0;  // along the stream axis, in input positions
  Index offset = 0;    // samples, along the inner axes
  Index taps = 0;
  Index weight = 0;  // index of its first weight
};

// Taps that are not 0, over the paths.
struct TapCount {
  double taps = 0, runs = 0;
  Index most = 0;  // for one output
};

TapCount count_taps(const Problem& p) {
  std::vector<Index> taps(static_cast<std::size_t>(p.kernel_count()), 0), runs = taps;
  const Index columns = p.taps(p.rank() - 1);
  const bool single = p.rank() > 1 && p.stride[p.rank() - 1] > 1;
  const Index size = p.kernel_size();
  for (std::size_t k = 0; k < taps.size(); ++k) {
    const double* tap = p.kernels.data() + static_cast<Index>(k) * size;
    if (std::find(tap, tap + size, 0.0) == tap + size) {  // layers have many kernels and no 0
      taps[k] = size;
      runs[k] = single ? size : size / columns;
      continue;
    }
    for (Index i = 0; i < size; ++i) {
      if (tap[i] == 0) continue;
      ++taps[k];
      runs[k] += single || i % columns == 0 || tap[i - 1] == 0;
    }
  }
  std::vector<Index> of_output(static_cast<std::size_t>(p.out_channels), 0);
  TapCount result;
  for (const Path& path : p.paths) {
    const auto k = static_cast<std::size_t>(path.kernel);
    result.taps += static_cast<double>(taps[k]);
    result.runs += static_cast<double>(runs[k]);
    result.most = std::max(result.most, of_output[static_cast<std::size_t>(path.out)] += taps[k]);
  }
  return result;
}

// --- the solver -------------------------------------------------------------------------------

template <class T>
class Sparse final : public TileSolver<T> {
 public:
  Sparse(const Problem& p, Workers* workers)
      : rank_(p.rank()), stride_(p.stride), out_inner_(p.output_inner()), workers_(workers) {
    step_ = rank_ > 1 && stride_[rank_ - 1] > 1 ? 1 : p.dilation[rank_ - 1];
    lay_out(p.padded_inner());
    find_runs(p);
    bias_ = Buffer<T>(p.out_channels);
    std::transform(p.bias.begin(), p.bias.end(), bias_.begin(),
                   [](double b) { return static_cast<T>(b); });
    const Index bytes = position_samples_ * p.in_channels * static_cast<Index>(sizeof(T));
    chunk_ = std::max(kTaskRows, kChunkBytes / bytes);
    if (rank_ == 1) chunk_ = std::clamp<Index>(chunk_, 256, 16384);
  }

  Index phases() const noexcept override { return rank_ > 1 ? stride_[rank_ - 1] : 1; }
  bool in_any_order() const noexcept override { return true; }
  Index chunk() const noexcept override { return chunk_ * slots_of(workers_); }
  Index memory_bytes() const noexcept override {
    return weights_.size() * static_cast<Index>(sizeof(T)) +
           static_cast<Index>(runs_.size() * sizeof(TapRun));
  }

  void run(const PaddedSlab<T>& window, const SlabOf<T>& out,
           const TileWork& work) noexcept override {
    const Index first = work.first, count = work.count;
    const Index rows = rank_ == 1 ? 1 : rank_ == 2 ? count : out_inner_[rank_ - 3];
    const Index planes = rank_ > 2 ? count * outer_ : 1;
    const Index blocks = (rows + kTaskRows - 1) / kTaskRows;
    run_tasks(work.team, out.channels * planes * blocks, [&](Index task, int slot) {
      const Index row = task % blocks * kTaskRows, plane = task / blocks % planes;
      run_rows(window, out, task / blocks / planes, first, plane, row,
               std::min(kTaskRows, rows - row), planes_[static_cast<std::size_t>(slot)].data());
    });
  }

 private:
  // The window's geometry: the last inner axis is stored as phases.
  void lay_out(const Shape& padded) {
    if (rank_ == 1) return;
    const int last = rank_ - 2;
    phase_extent_ = (padded[last] + stride_[rank_ - 1] - 1) / stride_[rank_ - 1];
    Shape stored = padded;
    stored[last] = phase_extent_ * stride_[rank_ - 1];
    position_samples_ = stored.product();
    inner_strides_ = row_major_strides(stored);
    if (rank_ > 2) outer_ = out_inner_.to(rank_ - 3).product();
  }

  void find_runs(const Problem& p) {
    std::vector<double> weights;
    std::size_t path = 0, most = 1;
    for (Index o = 0; o < p.out_channels; ++o) {
      first_run_.push_back(runs_.size());
      for (; path < p.paths.size() && p.paths[path].out == o; ++path) {
        add_runs(p, p.paths[path], &weights);
      }
      most = std::max(most, runs_.size() - first_run_.back());
    }
    first_run_.push_back(runs_.size());
    weights_ = Buffer<T>(static_cast<Index>(weights.size()));
    std::transform(weights.begin(), weights.end(), weights_.begin(),
                   [](double w) { return static_cast<T>(w); });
    planes_.assign(static_cast<std::size_t>(slots_of(workers_)), std::vector<RowPlane<T>>(most));
  }

  void add_runs(const Problem& p, const Path& path, std::vector<double>* weights) {
    const double* kernel = p.kernel(path.kernel);
    const bool single = phases() > 1;
    bool running = false;
    for_each_position(p.kernels.extents().from(1), [&](const Shape& k) {
      const double w = *kernel++;
      if (k[rank_ - 1] == 0 || w == 0) running = false;
      if (w == 0) return;
      if (!running) {
        runs_.push_back(placed(p, k));
        runs_.back().in = path.in;
        runs_.back().weight = static_cast<Index>(weights->size());
      }
      ++runs_.back().taps;
      weights->push_back(w);
      running = !single;
    });
  }

  TapRun placed(const Problem& p, const Shape& k) const {
    TapRun run;
    run.position = k[0] * p.dilation[0];
    for (int axis = 1; axis + 1 < rank_; ++axis) {
      run.offset += k[axis] * p.dilation[axis] * inner_strides_[axis - 1];
    }
    if (rank_ == 1) return run;
    const Index x = k[rank_ - 1] * p.dilation[rank_ - 1], s = stride_[rank_ - 1];
    run.offset += x % s * phase_extent_ + x / s;
    return run;
  }

  // Rows [row, row + count) of one plane of channel o. A plane is all that lies outside the last two
  // axes; images have one, whose rows are the stream; a series is one row.
  void run_rows(const PaddedSlab<T>& window, const SlabOf<T>& out, Index o, Index first, Index plane,
                Index row, Index count, RowPlane<T>* planes) const noexcept {
    const bool volume = rank_ > 2;
    const Index columns = rank_ == 1 ? out.extent : out_inner_.back();
    const Index position = (first + (volume ? plane / outer_ : row)) * stride_[0];
    const Index offset = volume ? outer_offset(plane % outer_) +
                                      row * stride_[rank_ - 2] * inner_strides_[rank_ - 3]
                                : 0;
    const std::size_t begin = first_run_[static_cast<std::size_t>(o)];
    const std::size_t end = first_run_[static_cast<std::size_t>(o) + 1];
    for (std::size_t i = begin; i < end; ++i) {
      const TapRun& run = runs_[i];
      planes[i - begin] = {window.at(run.in, position + run.position) + offset + run.offset,
                           weights_.data() + run.weight, run.taps};
    }
    RowBlock<T> block;
    block.planes = planes;
    block.plane_count = static_cast<Index>(end - begin);
    block.rows = 1;
    block.row_stride = volume ? stride_[rank_ - 2] * inner_strides_[rank_ - 3]
                              : stride_[0] * window.position_samples;
    block.dilation = step_;
    block.out = volume ? out.at(o, plane / outer_) +
                             (plane % outer_ * out_inner_[rank_ - 3] + row) * columns
                       : out.at(o, row);
    block.out_stride = columns;
    block.outputs = count;
    block.count = columns;
    block.bias = bias_.data() + o;
    accumulate_rows(block);
  }

  // Samples from a position's begin to where output number `plane` of the outer inner axes reads.
  Index outer_offset(Index plane) const noexcept {
    Index offset = 0;
    for (int axis = rank_ - 4; axis >= 0; --axis) {
      offset += plane % out_inner_[axis] * stride_[axis + 1] * inner_strides_[axis];
      plane /= out_inner_[axis];
    }
    return offset;
  }

  int rank_;
  Shape stride_, out_inner_, inner_strides_;
  Workers* workers_;
  Index step_ = 1;  // samples between neighbouring taps
  Index phase_extent_ = 1, position_samples_ = 1, outer_ = 1, chunk_ = 1;
  std::vector<TapRun> runs_;
  std::vector<std::size_t> first_run_;  // of every output, and the end
  std::vector<std::vector<RowPlane<T>>> planes_;  // one list for each slot
  Buffer<T> weights_, bias_;
};

template <class T>
std::unique_ptr<Streaming> make_sparse(const Problem& p, Workers* workers) {
  return make_sliding<T>(p, std::make_unique<Sparse<T>>(p, workers), workers);
}

// --- reasons and costs ------------------------------------------------------------------------

std::string why_not_either(const Problem& p) {
  if (p.rank() == 1 && p.stride[0] > 1) return "not for a series with a stride";
  return moves_too_much_live(p) ? "reaches too far for live" : "";
}

double output_positions(const Problem& p) { return static_cast<double>(p.output_inner().product()); }

std::string number_text(double number) { return std::to_string(std::llround(number)); }

Candidate candidate_of(const char* solver, const Problem& p, Workers* workers) {
  Candidate candidate;
  candidate.solver = solver;
  candidate.exact = true;
  candidate.memory = sliding_memory(p, 1, usual_chunk(p, workers),
                                    4 * static_cast<double>(p.paths.size() * 8));
  candidate.prepare = in_arithmetic<Streaming>(
      p, [&p, workers]<class T>(T) { return make_sparse<T>(p, workers); });
  return candidate;
}

}  // namespace

std::string why_not_delta(const Problem& p) {
  const Index most = count_taps(p).most;
  if (most > 1) return std::to_string(most) + " taps reach an output";
  return why_not_either(p);
}

std::vector<Candidate> delta_candidates(const Problem& p, const Costs& costs, Workers* workers) {
  const Costs::OfType& c = costs.of(p.arithmetic);
  Candidate candidate = candidate_of("delta", p, workers);
  candidate.detail = "one tap: a copy with a factor";
  candidate.seconds = output_positions(p) * static_cast<double>(p.out_channels) * c.cached_copy +
                      input_samples(p) * c.copy;
  candidate.error = direct_error(p.arithmetic, 1);
  return {candidate};
}

std::string why_not_sparse(const Problem& p) {
  const TapCount count = count_taps(p);
  if (count.most <= 1) return "one tap: delta";
  if (count.taps >= static_cast<double>(p.kernel_size()) * static_cast<double>(p.paths.size())) {
    return "no tap is 0";
  }
  return why_not_either(p);
}

std::vector<Candidate> sparse_candidates(const Problem& p, const Costs& costs, Workers* workers) {
  const Costs::OfType& c = costs.of(p.arithmetic);
  const TapCount count = count_taps(p);
  Candidate candidate = candidate_of("sparse", p, workers);
  const double all = static_cast<double>(p.kernel_size()) * static_cast<double>(p.paths.size());
  candidate.detail = number_text(count.taps) + " of " + number_text(all) + " taps, in " +
                     number_text(count.runs) + (count.runs == 1 ? " run" : " runs");
  candidate.seconds = 2 * count.taps * output_positions(p) / run_rate(c, count.taps / count.runs) +
                      input_samples(p) * c.copy;
  candidate.error = direct_error(p.arithmetic, static_cast<double>(count.most));
  return {candidate};
}

}  // namespace faltung
