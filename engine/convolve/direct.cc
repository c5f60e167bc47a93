// Direct convolution on accumulate_rows: any rank, channels, groups, stride, dilation.
//
// Axes are named from the inside: x is the last axis, y the one before, the rest are planes. With
// rank 1 the stream axis is x.
#include "engine/convolve/direct.h"

#include <algorithm>
#include <optional>

#include "engine/convolve/depthwise_planes.h"
#include "engine/convolve/line.h"

namespace faltung {
namespace {

constexpr Index kChunkBytes = 384 << 10;  // of padded input taken at once: stays in level 2
constexpr Index kTaskRows = 8;           // output rows of one task: two register blocks of rows

// The taps of one kernel row that fall on one phase of the strided axis.
struct PhaseTaps {
  Index phase = 0;   // (k·dilation) mod stride
  Index offset = 0;  // ⌊k·dilation / stride⌋ of the first tap
  std::vector<Index> taps;
};

// With stride s and dilation d, tap k reads phase (k·d) mod s; within a phase the taps lie
// d / gcd(s, d) apart.
std::vector<PhaseTaps> phases_of(Index taps, Index stride, Index dilation) {
  std::vector<PhaseTaps> result;
  for (Index phase = 0; phase < stride; ++phase) {
    PhaseTaps mine;
    mine.phase = phase;
    for (Index k = 0; k < taps; ++k) {
      if (k * dilation % stride != phase) continue;
      if (mine.taps.empty()) mine.offset = k * dilation / stride;
      mine.taps.push_back(k);
    }
    if (!mine.taps.empty()) result.push_back(mine);
  }
  return result;
}

Index gcd(Index a, Index b) { return b == 0 ? a : gcd(b, a % b); }

// Output channels computed together: they read the same input channels.
struct Group {
  Index first_out = 0;
  Index outs = 1;  // 1, 2, 4 or 8
  std::vector<Index> ins;
  Index first_weight = 0;
};

// A row plane before the window's addresses are known.
struct PlaneTemplate {
  Index in = 0;              // channel
  Index outer_offset = 0;    // samples: kernel position along the outer inner axes
  Index outer_position = 0;  // stream positions: kernel position along the stream axis
  Index phase = 0;           // of the samples along x
  Index offset = 0;          // of the first tap within its phase
  Index weight = 0;          // index of its first weight
  Index taps = 0;
};

template <class T>
class Direct final : public TileSolver<T> {
 public:
  Direct(const Problem& p, Workers* workers)
      : rank_(p.rank()),
        stride_(p.stride),
        dilation_(p.dilation),
        kernel_(p.kernels.extents().from(1)),
        out_inner_(p.output_inner()),
        workers_(workers) {
    const int x = rank_ - 1;
    step_ = dilation_[x] / gcd(stride_[x], dilation_[x]);
    x_phases_ = phases_of(kernel_[x], stride_[x], dilation_[x]);
    bias_ = Buffer<T>(p.out_channels);
    for (std::size_t o = 0; o < p.bias.size(); ++o) {
      bias_[static_cast<Index>(o)] = static_cast<T>(p.bias[o]);
    }
    const Shape padded = p.padded_inner();
    if (rank_ > 1) {
      phase_extent_ = (padded[x - 1] + stride_[x] - 1) / stride_[x];
      row_samples_ = phase_extent_ * stride_[x];
      inner_strides_ = padded;
      if (inner_strides_.rank() > 0) inner_strides_[x - 1] = row_samples_;
      inner_strides_ = row_major_strides(inner_strides_);
      position_samples_ = padded.to(x - 1).product() * row_samples_;
    } else {
      position_samples_ = 1;
    }
    make_groups(p);
    if (takes_planes(p)) depthwise_.emplace(p, workers);
    chunk_ = std::max<Index>(8, kChunkBytes / (position_samples_ * p.in_channels *
                                               static_cast<Index>(sizeof(T))));
    if (rank_ == 1) {
      chunk_ = std::clamp<Index>(chunk_, 256, 16384);
      prepare_series(p);
    }
  }

  Index phases() const noexcept override { return stride_[rank_ - 1]; }
  bool in_any_order() const noexcept override { return rank_ > 1; }
  bool takes_columns() const noexcept override { return rank_ > 1; }
  Index chunk() const noexcept override { return chunk_ * slots_of(workers_); }
  Index memory_bytes() const noexcept override {
    return (weights_.size() + deinterleaved_.size()) * static_cast<Index>(sizeof(T)) +
           static_cast<Index>(templates_.size() * sizeof(PlaneTemplate)) +
           (depthwise_ ? depthwise_->memory_bytes() : 0);
  }

  bool run_whole(const SlabOf<T>& in, const SlabOf<T>& out) noexcept override {
    if (depthwise_) depthwise_->run(in, out);
    return depthwise_.has_value();
  }

  void run(const PaddedSlab<T>& window, const SlabOf<T>& out,
           const TileWork& work) noexcept override {
    const Index count = work.count;
    if (rank_ == 1) return run_series(window, out, work);
    const Index rows = rank_ == 2 ? count : count * out_inner_[rank_ - 3];
    const Index blocks = (rows + kTaskRows - 1) / kTaskRows;
    const Index planes = outer_outputs();
    const Index tasks = static_cast<Index>(groups_.size()) * planes * blocks;
    run_tasks(work.team, tasks, [&](Index task, int slot) {
      const Index block = task % blocks, plane = task / blocks % planes;
      run_rows(window, out, groups_[static_cast<std::size_t>(task / blocks / planes)], plane, work,
               block * kTaskRows, std::min(rows, (block + 1) * kTaskRows), slot);
    });
  }

 private:
  // Channels whose outputs read the same inputs are computed together, eight at most.
  void make_groups(const Problem& p) {
    std::vector<std::vector<Path>> by_out(static_cast<std::size_t>(p.out_channels));
    for (const Path& path : p.paths) by_out[static_cast<std::size_t>(path.out)].push_back(path);
    const auto same_inputs = [&](std::size_t a, std::size_t b) {
      return std::equal(by_out[a].begin(), by_out[a].end(), by_out[b].begin(), by_out[b].end(),
                        [](const Path& m, const Path& n) { return m.in == n.in; });
    };
    for (Index o = 0; o < p.out_channels;) {
      Index outs = 1;
      while (outs < 8 && o + 2 * outs <= p.out_channels) {
        bool same = true;
        for (Index next = o + 1; next < o + 2 * outs && same; ++next) {
          same = same_inputs(static_cast<std::size_t>(o), static_cast<std::size_t>(next));
        }
        if (!same) break;
        outs *= 2;
      }
      Group group;
      group.first_out = o;
      group.outs = outs;
      add_group(p, group, by_out);
      groups_.push_back(group);
      o += outs;
    }
    weights_ = Buffer<T>(static_cast<Index>(weight_values_.size()));
    std::transform(weight_values_.begin(), weight_values_.end(), weights_.begin(),
                   [](double w) { return static_cast<T>(w); });
    weight_values_ = {};
    Index planes = 1;
    for (const Group& group : groups_) {
      planes = std::max(planes, templates_end(group) - group.first_weight);
    }
    planes_.resize(static_cast<std::size_t>(slots_of(workers_)));
    for (auto& mine : planes_) mine.resize(static_cast<std::size_t>(planes));
  }

  Index templates_end(const Group& group) const {
    return group.first_weight + static_cast<Index>(group.ins.size()) * planes_per_input();
  }
  Index planes_per_input() const {
    return kernel_.to(std::max(rank_ - 2, 0)).product() * static_cast<Index>(x_phases_.size());
  }

  // Templates in the order of the definition: input channel, outer kernel position, phase.
  void add_group(const Problem& p, Group& group, const std::vector<std::vector<Path>>& by_out) {
    const auto& paths = by_out[static_cast<std::size_t>(group.first_out)];
    group.first_weight = static_cast<Index>(templates_.size());
    const Shape outer = kernel_.to(std::max(rank_ - 2, 0));
    const Index rows = rank_ > 1 ? kernel_[rank_ - 2] : 1;
    const Index columns = kernel_[rank_ - 1];
    for (std::size_t i = 0; i < paths.size(); ++i) {
      group.ins.push_back(paths[i].in);
      Index plane = 0;
      for_each_position(outer, [&](const Shape& k) {
        for (const PhaseTaps& phase : x_phases_) {
          PlaneTemplate t;
          t.in = paths[i].in;
          for (int axis = 0; axis < k.rank(); ++axis) {
            if (axis == 0) t.outer_position = k[0] * dilation_[0];
            else t.outer_offset += k[axis] * dilation_[axis] * inner_strides_[axis - 1];
          }
          t.phase = phase.phase;
          t.offset = phase.offset;
          t.weight = static_cast<Index>(weight_values_.size());
          t.taps = static_cast<Index>(phase.taps.size());
          for (Index r = 0; r < rows; ++r) {
            for (Index tap : phase.taps) {
              for (Index o = 0; o < group.outs; ++o) {
                const auto& path = by_out[static_cast<std::size_t>(group.first_out + o)][i];
                weight_values_.push_back(
                    p.kernel(path.kernel)[(plane * rows + r) * columns + tap]);
              }
            }
          }
          templates_.push_back(t);
        }
        ++plane;
      });
    }
  }

  // Output positions of the inner axes outside y and x.
  Index outer_outputs() const noexcept {
    return rank_ <= 3 ? 1 : out_inner_.to(rank_ - 3).product();
  }

  // Rows [begin, end) of one output plane. With rank 2 rows are stream positions; with rank 3 and
  // more a row is (stream position, y), and `plane` is the position of the axes between.
  void run_rows(const PaddedSlab<T>& window, const SlabOf<T>& out, const Group& group, Index plane,
                const TileWork& work, Index begin, Index end, int slot) noexcept {
    const Index ys = rank_ == 2 ? end : out_inner_[rank_ - 3];
    for (Index row = begin; row < end;) {
      const Index position = rank_ == 2 ? 0 : row / ys;
      const Index y = rank_ == 2 ? row : row % ys;
      const Index count = std::min(end - row, ys - y);
      run_block(window, out, group, plane, work, position, y, count, slot);
      row += count;
    }
  }

  // `count` output rows from y on, at stream position work.first + position (rank > 2).
  void run_block(const PaddedSlab<T>& window, const SlabOf<T>& out, const Group& group, Index plane,
                 const TileWork& work, Index position, Index y, Index count, int slot) noexcept {
    const Index first = work.first;
    const int ya = rank_ - 2;
    RowPlane<T>* planes = planes_[static_cast<std::size_t>(slot)].data();
    const Index y_samples = rank_ == 2 ? window.position_samples : row_samples_;
    Index plane_offset = 0, out_plane = 0;
    if (rank_ > 3) unravel(plane, &plane_offset, &out_plane);
    const Index stream = rank_ == 2 ? first * stride_[0] : (first + position) * stride_[0];
    const Index first_y = rank_ == 2 ? y * stride_[0] : y * stride_[ya];
    const Index used = templates_end(group) - group.first_weight;
    for (Index i = 0; i < used; ++i) {
      const PlaneTemplate& t = templates_[static_cast<std::size_t>(group.first_weight + i)];
      planes[i] = {window.at(t.in, stream + t.outer_position) + plane_offset + t.outer_offset +
                       first_y * y_samples + t.phase * phase_extent_ + t.offset + work.column,
                   weights_.data() + t.weight, t.taps};
    }
    const Index columns = out_inner_.back();
    RowBlock<T> block;
    block.planes = planes;
    block.plane_count = used;
    block.rows = kernel_[ya];
    block.row_stride = dilation_[ya] * y_samples;
    block.dilation = step_;
    block.store = work.store;
    block.count = work.columns < 0 ? columns : work.columns;
    block.bias = bias_.data() + group.first_out;
    T* to = out.at(group.first_out, rank_ == 2 ? y : position) + out_plane +
            (rank_ == 2 ? 0 : y * columns) + work.column;
    if (group.outs > 1) {
      block.sharing = Sharing::signal;
      block.outputs = group.outs;
      block.out_stride = out.channel_stride;
      for (Index r = 0; r < count; ++r) {
        block.out = to + r * columns;
        accumulate_rows(block);
        for (Index i = 0; i < used; ++i) planes[i].samples += stride_[ya] * y_samples;
      }
      return;
    }
    // Rows that share the kernel lie `dilation` apart.
    const Index apart = stride_[ya] == 1 ? dilation_[ya] : 1;
    for (Index r = 0; r < std::min(apart, count); ++r) {
      const Index outputs = stride_[ya] == 1 ? (count - r + apart - 1) / apart : 1;
      for (Index o = 0; o < (stride_[ya] == 1 ? 1 : count); ++o) {
        block.outputs = outputs;
        block.out = to + (r + o) * columns;
        block.out_stride = apart * columns;
        accumulate_rows(block);
        const Index step = stride_[ya] == 1 ? y_samples : stride_[ya] * y_samples;
        for (Index i = 0; i < used; ++i) planes[i].samples += step;
      }
    }
  }

  // Offsets of output plane number `plane` over the inner axes outside y and x.
  void unravel(Index plane, Index* in_offset, Index* out_offset) const noexcept {
    const Shape outer = out_inner_.to(rank_ - 3);
    const Shape out_strides = row_major_strides(out_inner_);
    for (int axis = outer.rank() - 1; axis >= 0; --axis) {
      const Index m = plane % outer[axis];
      plane /= outer[axis];
      *in_offset += m * stride_[axis + 1] * inner_strides_[axis];
      *out_offset += m * out_strides[axis];
    }
  }

  void prepare_series(const Problem& p) {
    if (stride_[0] > 1) {  // as much as one run takes in
      const Index span = chunk() + stride_[0] + p.dilated(0);
      const Index per_phase = span / stride_[0] + 2;
      series_phase_ = per_phase + kRowSlack;
      deinterleaved_ = Buffer<T>(p.in_channels * series_phase_ * stride_[0] + kRowSlack);
    }
  }

  void run_series(const PaddedSlab<T>& window, const SlabOf<T>& out,
                  const TileWork& work) noexcept {
    const Index first = work.first, count = work.count;
    if (stride_[0] > 1) deinterleave(window, first, count);
    const Index groups = static_cast<Index>(groups_.size());
    run_tasks(work.team, groups, [&](Index g, int slot) {
      series_group(window, out, groups_[static_cast<std::size_t>(g)], first, count, slot);
    });
  }

  void deinterleave(const PaddedSlab<T>& window, Index first, Index count) noexcept {
    const Index s = stride_[0];
    const Index needed = (count - 1) * s + dilation_[0] * (kernel_[0] - 1) + 1;
    const Index channels = deinterleaved_.size() / (series_phase_ * s);
    for (Index c = 0; c < channels; ++c) {
      const T* from = window.at(c, first * s);
      T* to = deinterleaved_.data() + c * series_phase_ * s;
      for (Index n = 0, at = 0; n < needed; n += s, ++at) {
        const Index phases_left = std::min(s, needed - n);
        for (Index phase = 0; phase < phases_left; ++phase) {
          to[phase * series_phase_ + at] = from[n + phase];
        }
      }
    }
  }

  void series_group(const PaddedSlab<T>& window, const SlabOf<T>& out, const Group& group, Index first,
                    Index count, int slot) noexcept {
    RowPlane<T>* planes = planes_[static_cast<std::size_t>(slot)].data();
    const Index s = stride_[0];
    const Index used = templates_end(group) - group.first_weight;
    for (Index i = 0; i < used; ++i) {
      const PlaneTemplate& t = templates_[static_cast<std::size_t>(group.first_weight + i)];
      const T* samples =
          s == 1 ? window.at(t.in, first)
                 : deinterleaved_.data() + (t.in * s + t.phase) * series_phase_;
      planes[i] = {samples + t.offset, weights_.data() + t.weight, t.taps};
    }
    RowBlock<T> block;
    block.planes = planes;
    block.plane_count = used;
    block.rows = 1;
    block.dilation = step_;
    block.out = out.channel(group.first_out);
    block.out_stride = out.channel_stride;
    block.outputs = group.outs;
    block.count = count;
    block.bias = bias_.data() + group.first_out;
    block.sharing = group.outs > 1 ? Sharing::signal : Sharing::kernel;
    if (group.outs == 1 && used == 1) {
      accumulate_line(planes[0], step_, block.out, count, bias_[group.first_out], Start::bias);
    } else {
      accumulate_rows(block);
    }
  }

  int rank_;
  Shape stride_, dilation_, kernel_, out_inner_, inner_strides_;
  Workers* workers_;
  std::optional<DepthwisePlanes<T>> depthwise_;  // for whole inputs
  Index step_ = 1;  // samples between taps within a phase
  std::vector<PhaseTaps> x_phases_;
  Index phase_extent_ = 0, row_samples_ = 1, position_samples_ = 1;
  Index chunk_ = 1, series_phase_ = 0;
  std::vector<Group> groups_;
  std::vector<PlaneTemplate> templates_;
  std::vector<double> weight_values_;
  std::vector<std::vector<RowPlane<T>>> planes_;  // one list for each slot
  Buffer<T> weights_, bias_, deinterleaved_;
};

}  // namespace

template <class T>
std::unique_ptr<TileSolver<T>> make_direct(const Problem& problem, Workers* workers) {
  return std::make_unique<Direct<T>>(problem, workers);
}

template std::unique_ptr<TileSolver<float>> make_direct(const Problem&, Workers*);
template std::unique_ptr<TileSolver<double>> make_direct(const Problem&, Workers*);

}  // namespace faltung
