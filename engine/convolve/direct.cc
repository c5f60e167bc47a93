// Direct convolution on accumulate_rows: any rank, channels, groups, stride, dilation.
//
// Axes are named from the inside: x is the last axis, y the one before, the rest are planes.
#include "engine/convolve/direct.h"

#include <algorithm>
#include <optional>

#include "engine/convolve/depthwise_planes.h"
#include "engine/convolve/direct_series.h"
#include "engine/convolve/direct_taps.h"
#include "engine/simd/accumulate_rows.h"

namespace faltung {
namespace {

constexpr Index kChunkBytes = 384 << 10;  // of padded input taken at once: stays in level 2
constexpr Index kTaskRows = 8;           // output rows of one task: two register blocks of rows

// The padded inner axes as the window lays them out: x in phases of equal length.
Shape phased(const Problem& p) {
  Shape extents = p.padded_inner();
  const int x = p.rank() - 1;
  extents[x - 1] = (extents[x - 1] + p.stride[x] - 1) / p.stride[x] * p.stride[x];
  return extents;
}

template <class T>
class DirectRows final : public TileSolver<T> {
 public:
  DirectRows(const Problem& p, Workers* workers)
      : rank_(p.rank()),
        stride_(p.stride),
        dilation_(p.dilation),
        kernel_(p.kernels.extents().from(1)),
        out_inner_(p.output_inner()),
        inner_strides_(row_major_strides(phased(p))),
        row_samples_(phased(p).back()),
        phase_extent_(row_samples_ / stride_[rank_ - 1]),
        workers_(workers),
        taps_(p, inner_strides_),
        bias_(p.out_channels),
        scratch_(static_cast<std::size_t>(slots_of(workers) * taps_.scratch_planes())) {
    std::transform(p.bias.begin(), p.bias.end(), bias_.begin(),
                   [](double b) { return static_cast<T>(b); });
    if (takes_planes(p)) depthwise_.emplace(p, workers);
    const Index position = phased(p).product() * p.in_channels * static_cast<Index>(sizeof(T));
    chunk_ = std::max<Index>(8, kChunkBytes / position);
  }

  Index phases() const noexcept override { return stride_[rank_ - 1]; }
  bool in_any_order() const noexcept override { return true; }
  bool takes_columns() const noexcept override { return true; }
  Index chunk() const noexcept override { return chunk_ * slots_of(workers_); }
  Index memory_bytes() const noexcept override {
    return taps_.memory_bytes() + (depthwise_ ? depthwise_->memory_bytes() : 0);
  }

  bool run_whole(const SlabOf<T>& in, const SlabOf<T>& out) noexcept override {
    if (depthwise_) depthwise_->run(in, out);
    return depthwise_.has_value();
  }

  void run(const PaddedSlab<T>& window, const SlabOf<T>& out,
           const TileWork& work) noexcept override {
    const Index rows = rank_ == 2 ? work.count : work.count * out_inner_[rank_ - 3];
    const Index blocks = (rows + kTaskRows - 1) / kTaskRows;
    const Index planes = outer_outputs();
    const Index tasks = std::ssize(taps_.groups) * planes * blocks;
    run_tasks(work.team, tasks, [&](Index task, int slot) {
      const Index block = task % blocks, plane = task / blocks % planes;
      const OutputGroup& group = taps_.groups[static_cast<std::size_t>(task / blocks / planes)];
      run_rows(window, out, group, plane, work, block * kTaskRows,
               std::min(rows, (block + 1) * kTaskRows), slot);
    });
  }

 private:
  // Output positions of the inner axes outside y and x.
  Index outer_outputs() const noexcept {
    return rank_ <= 3 ? 1 : out_inner_.to(rank_ - 3).product();
  }

  // Rows [begin, end) of one output plane. With rank 2 rows are stream positions; with rank 3 and
  // more a row is (stream position, y), and `plane` is the position of the axes between.
  void run_rows(const PaddedSlab<T>& window, const SlabOf<T>& out, const OutputGroup& group, Index plane,
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
  void run_block(const PaddedSlab<T>& window, const SlabOf<T>& out, const OutputGroup& group, Index plane,
                 const TileWork& work, Index position, Index y, Index count, int slot) noexcept {
    const Index first = work.first;
    const int ya = rank_ - 2;
    RowPlane<T>* planes = scratch_.data() + slot * taps_.scratch_planes();
    const Index y_samples = rank_ == 2 ? window.position_samples : row_samples_;
    Index plane_offset = 0, out_plane = 0;
    if (rank_ > 3) unravel(plane, &plane_offset, &out_plane);
    const Index stream = rank_ == 2 ? first * stride_[0] : (first + position) * stride_[0];
    const Index first_y = rank_ == 2 ? y * stride_[0] : y * stride_[ya];
    const Index used = group.planes;
    for (Index i = 0; i < used; ++i) {
      const TapPlane& t = taps_.planes[static_cast<std::size_t>(group.first_plane + i)];
      planes[i] = {window.at(t.in, stream + t.outer_position) + plane_offset + t.outer_offset +
                       first_y * y_samples + t.phase * phase_extent_ + t.offset + work.column,
                   taps_.weights.data() + t.weight, t.taps};
    }
    const Index columns = out_inner_.back();
    RowBlock<T> block;
    block.planes = planes;
    block.plane_count = used;
    block.rows = kernel_[ya];
    block.row_stride = dilation_[ya] * y_samples;
    block.dilation = taps_.step;
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

  int rank_;
  Shape stride_, dilation_, kernel_, out_inner_, inner_strides_;
  Index row_samples_, phase_extent_;
  Workers* workers_;
  DirectTaps<T> taps_;
  Buffer<T> bias_;
  std::vector<RowPlane<T>> scratch_;           // for each slot
  std::optional<DepthwisePlanes<T>> depthwise_;  // for whole inputs
  Index chunk_ = 1;
};

}  // namespace

template <class T>
std::unique_ptr<TileSolver<T>> make_direct(const Problem& problem, Workers* workers) {
  if (problem.rank() == 1) return make_direct_series<T>(problem, workers);
  return std::make_unique<DirectRows<T>>(problem, workers);
}

template std::unique_ptr<TileSolver<float>> make_direct(const Problem&, Workers*);
template std::unique_ptr<TileSolver<double>> make_direct(const Problem&, Workers*);

}  // namespace faltung
