// Box kernels: taps that are all equal, as sums of a moving box.
//
// Passes go from the stream axis inwards, as in separable.cc.
#include "engine/convolve/box.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "engine/convolve/moving_sum.h"
#include "engine/convolve/weighing.h"
#include "engine/simd/running_sums.h"

namespace faltung {
namespace {

constexpr Index kChunkBytes = 256 << 10;  // of padded input taken at once
constexpr Index kStrip = 1024;            // samples of a position that one task sums
constexpr double kSeriesLines = 4;        // a sum waits for the one before it, in lines at once

// --- what the kernels hold --------------------------------------------------------------------

// The one value of a kernel's taps, and what it misses: Σ |tap − value| / Σ |tap|.
struct Level {
  double value = 0;
  double error = 0;
};

Level level_of(const double* taps, Index count) {
  Level level{taps[0], 0};
  if (std::all_of(taps, taps + count, [&](double w) { return w == taps[0]; })) return level;
  double sum = 0, whole = 0, missed = 0;
  for (Index i = 0; i < count; ++i) sum += taps[i];
  level.value = sum / static_cast<double>(count);
  for (Index i = 0; i < count; ++i) {
    whole += std::abs(taps[i]);
    missed += std::abs(taps[i] - level.value);
  }
  level.error = missed / whole;
  return level;
}

double largest_error(const Problem& p) {
  double error = 0;
  for (Index k = 0; k < p.kernel_count(); ++k) {
    error = std::max(error, level_of(p.kernel(k), p.kernel_size()).error);
  }
  return error;
}

// --- the solver -------------------------------------------------------------------------------

template <class T>
class Box final : public TileSolver<T> {
 public:
  Box(const Problem& p, Workers* workers)
      : rank_(p.rank()),
        taps_(p.kernels.extents().from(1)),
        padded_(p.padded_inner()),
        out_inner_(p.output_inner()),
        position_(padded_.product()),
        workers_(workers) {
    outputs_.resize(static_cast<std::size_t>(p.out_channels));
    for (std::size_t o = 0; o < p.bias.size(); ++o) outputs_[o].bias = static_cast<T>(p.bias[o]);
    for (const Path& path : p.paths) {
      Output& output = outputs_[static_cast<std::size_t>(path.out)];
      output.in = path.in;
      output.factor = static_cast<T>(level_of(p.kernel(path.kernel), p.kernel_size()).value);
    }
    const Index bytes = position_ * p.in_channels * static_cast<Index>(sizeof(T));
    chunk_ = std::clamp<Index>(kChunkBytes / bytes, rank_ < 3 ? kLinesAtOnce : 1, 16384) *
             slots_of(workers);
    ending_ = Buffer<T>(checked_product({p.in_channels, taps_[0], position_}));
    grown_ = Buffer<T>(p.in_channels * position_);
    summed_ = Buffer<T>(p.in_channels * chunk_ * position_);
    // A pass needs as many samples of scratch as a position has and one row of it more.
    const Index lines = rank_ > 1 ? line_scratch(taps_[rank_ - 1]) : 0;
    const Index passes = rank_ > 2 ? position_ : 0;
    for (int slot = 0; slot < slots_of(workers); ++slot) {
      scratch_.push_back({Buffer<T>(passes), Buffer<T>(passes),
                          Buffer<T>(std::max(2 * passes, lines))});
    }
  }

  Index chunk() const noexcept override { return chunk_; }
  Index memory_bytes() const noexcept override {
    Index numbers = ending_.size() + grown_.size() + summed_.size();
    for (const auto& buffers : scratch_) {
      for (const Buffer<T>& buffer : buffers) numbers += buffer.size();
    }
    return numbers * static_cast<Index>(sizeof(T));
  }

  void run(const PaddedSlab<T>& window, const SlabOf<T>& out,
           const TileWork& work) noexcept override {
    const Index first = work.first, count = work.count;
    for (Index done = 0; done < count; done += chunk_) {
      run_some(window, out, first, done, std::min(chunk_, count - done));
    }
  }

 private:
  struct Output {
    Index in = -1;  // channel; −1: nothing reaches it
    T factor = 0, bias = 0;
  };
  using Scratch = std::array<Buffer<T>, 3>;

  // Outputs [first + done, first + done + count) to `out` from position `done` on.
  void run_some(const PaddedSlab<T>& window, const SlabOf<T>& out, Index first, Index done,
                Index count) noexcept {
    const Index strips = (position_ + kStrip - 1) / kStrip;
    const Index channels = grown_.size() / position_;
    run_tasks(workers_, channels * strips, [&](Index task, int) {
      const Index from = task % strips * kStrip;
      if (position_ == 1) sum_series(window, task, first + done, count);
      else sum_strip(window, task / strips, from, std::min(kStrip, position_ - from),
                     first + done, count);
    });
    const Index grain = rank_ < 3 ? kLinesAtOnce : 1;
    const Index blocks = (count + grain - 1) / grain;
    run_tasks(workers_, out.channels * blocks, [&](Index task, int slot) {
      const Index row = task % blocks * grain;
      run_inner(out, task / blocks, done + row, row, std::min(grain, count - row),
                scratch_[static_cast<std::size_t>(slot)]);
    });
  }

  T* summed(Index channel, Index n) noexcept {
    return summed_.data() + (channel * chunk_ + n) * position_;
  }

  // Along the stream axis, samples [from, from + samples) of each position. Output m of a piece's
  // begin needs nothing of the calls before: a signal that begins anew needs no reset.
  void sum_strip(const PaddedSlab<T>& window, Index channel, Index from, Index samples, Index first,
                 Index count) noexcept {
    const Index taps = taps_[0];
    T* grown = grown_.data() + channel * position_ + from;
    T* ending = ending_.data() + channel * taps * position_ + from;
    for (Index n = 0; n < count; ++n) {
      const Index m = first + n, j = m % taps;
      const T* newest = window.at(channel, m + taps - 1) + from;
      if (j > 0) {
        grow_runs(newest, ending + j * position_, grown, summed(channel, n) + from, samples);
        continue;
      }
      std::copy_n(newest, samples, ending + (taps - 1) * position_);
      for (Index k = taps - 2; k >= 0; --k) {
        add_runs(ending + (k + 1) * position_, window.at(channel, m + k) + from,
                 ending + k * position_, samples);
      }
      std::fill_n(grown, samples, T(0));
      std::copy_n(ending, samples, summed(channel, n) + from);
    }
  }

  // The same where a position is one sample.
  void sum_series(const PaddedSlab<T>& window, Index channel, Index first, Index count) noexcept {
    const Index taps = taps_[0];
    T* ending = ending_.data() + channel * taps;
    T grown = grown_[channel];
    T* to = summed(channel, 0);
    const T* x = window.at(channel, first);
    for (Index n = 0, j = first % taps; n < count; ++n, j = j + 1 == taps ? 0 : j + 1) {
      if (j == 0) {
        T sum = 0;
        for (Index k = taps - 1; k >= 0; --k) ending[k] = sum += x[n + k];
        grown = 0;
        to[n] = sum;
      } else {
        grown += x[n + taps - 1];
        to[n] = ending[j] + grown;
      }
    }
    grown_[channel] = grown;
  }

  // The inner axes of `count` positions from summed position n to output position `row`.
  void run_inner(const SlabOf<T>& out, Index o, Index row, Index n, Index count,
                 Scratch& scratch) noexcept {
    const Output& output = outputs_[static_cast<std::size_t>(o)];
    T* to = out.at(o, row);
    if (output.in < 0) {
      std::fill_n(to, count * out.inner, output.bias);
    } else if (rank_ == 1) {
      std::transform(summed(output.in, n), summed(output.in, n) + count, to,
                     [&](T sum) { return output.bias + output.factor * sum; });
    } else {
      const T* from = summed(output.in, n);
      Index inner = position_, lines = count;
      for (int axis = 1; axis + 1 < rank_; ++axis) {
        T* next = scratch[static_cast<std::size_t>(axis % 2)].data();
        inner /= padded_[axis - 1];
        for (Index i = 0; i < lines; ++i) {
          sum_positions(from + i * padded_[axis - 1] * inner, taps_[axis], inner,
                        next + i * out_inner_[axis - 1] * inner, out_inner_[axis - 1],
                        scratch[2].data());
        }
        lines *= out_inner_[axis - 1];
        from = next;
      }
      sum_lines(from, inner, taps_[rank_ - 1], output.factor, output.bias, to, out_inner_.back(),
                out_inner_.back(), lines, scratch[2].data());
    }
  }

  int rank_;
  Shape taps_, padded_, out_inner_;
  Index position_, chunk_ = 1;  // samples; positions
  Workers* workers_;
  std::vector<Output> outputs_;
  Buffer<T> ending_;  // [channel, tap, sample]: sums from a position to the end of its piece
  Buffer<T> grown_;   // [channel, sample]: sums from the begin of the next piece
  Buffer<T> summed_;  // [channel, position, sample]
  std::vector<Scratch> scratch_;
};

template <class T>
std::unique_ptr<Streaming> make_box(const Problem& p, Workers* workers) {
  return make_sliding<T>(p, std::make_unique<Box<T>>(p, workers), workers);
}

// --- costs ------------------------------------------------------------------------------------

double line_cost(Index taps, const Costs::OfType& c) {
  return taps > kMostDoubledTaps ? c.box_lines : (doubled_additions(taps) + 1) * c.cached_copy;
}

double seconds_of(const Problem& p, const Costs::OfType& c) {
  const double in = static_cast<double>(p.in_channels * p.padded_inner().product());
  const double out = static_cast<double>(p.out_channels * p.output_inner().product());
  if (p.rank() == 1) return in * (c.copy + kSeriesLines * c.box_lines) + out * c.cached_copy;
  const double middle = static_cast<double>(p.out_channels * p.padded_inner().product()) *
                        static_cast<double>(p.rank() - 2);
  return in * c.copy + (in + middle) * c.box_rows + out * line_cost(p.taps(p.rank() - 1), c);
}

}  // namespace

std::string why_not_box(const Problem& p) {
  if (p.kernel_size() == 1) return "one tap: delta";
  if (mixes_channels(p)) return "mixes channels";
  for (int axis = 0; axis < p.rank(); ++axis) {
    if (p.stride[axis] > 1) return "only for stride 1";
    if (p.dilation[axis] > 1 && p.taps(axis) > 1) return "only for taps without gaps";
  }
  if (largest_error(p) > p.tolerance / 10) return "taps differ";
  return moves_too_much_live(p) ? "reaches too far for live" : "";
}

std::vector<Candidate> box_candidates(const Problem& p, const Costs& costs, Workers* workers) {
  const Costs::OfType& c = costs.of(p.arithmetic);
  double tap_sum = 2;
  for (Index extent : p.kernels.extents().from(1)) tap_sum += static_cast<double>(extent);
  Candidate candidate;
  candidate.solver = "box";
  char text[80];
  std::snprintf(text, sizeof text, "sums of a moving box, error at most %.1e of the gain",
                tap_sum * (direct_error(p.arithmetic, 0)) + largest_error(p));
  candidate.detail = text;
  candidate.seconds = seconds_of(p, c);
  if (p.block) {  // a piece may begin in any block: as many positions as the box has
    const double piece = static_cast<double>(p.taps(0) * p.in_channels * p.padded_inner().product());
    candidate.worst_block_s = candidate.seconds * static_cast<double>(*p.block) + piece * c.box_rows;
  }
  candidate.exact = largest_error(p) == 0;
  const double position = static_cast<double>(p.padded_inner().product());
  const Index chunk = usual_chunk(p, workers);
  const Index positions = p.in_channels * (p.taps(0) + 1 + chunk) + 4 * slots_of(workers);
  candidate.memory = sliding_memory(p, 1, chunk, position * static_cast<double>(positions));
  candidate.error = largest_error(p) + direct_error(p.arithmetic, tap_sum);
  candidate.prepare = in_arithmetic<Streaming>(
      p, [&p, workers]<class T>(T) { return make_box<T>(p, workers); });
  return {candidate};
}

}  // namespace faltung
