// Separable convolution: chains of 1-D passes for kernels of low rank.
//
// Passes go from the stream axis inwards, so that no output position needs work done for another:
// each pass but the last adds whole rows (a kernel of one tap on rows), the last runs along rows.
#include "engine/convolve/separable.h"

#include <algorithm>
#include <array>

#include "engine/convolve/line.h"

namespace faltung {

std::string why_not_separable(const Problem& p) {
  if (p.rank() == 1) return "only for images and volumes";
  for (Index s : p.stride) {
    if (s > 1) return "only for stride 1";
  }
  std::vector<int> inputs(static_cast<std::size_t>(p.out_channels), 0);
  for (const Path& path : p.paths) {
    if (++inputs[static_cast<std::size_t>(path.out)] > 1) return "mixes channels";
  }
  return "";
}

namespace {

constexpr Index kChunkBytes = 384 << 10;  // of padded input taken at once
constexpr Index kTaskRows = 16;           // output positions of one task
constexpr Index kTaskSlices = 4;          // the same in volumes: one register block
constexpr Index kTaskColumns = 1024;      // columns of one task in images

template <class T>
class Separable final : public TileSolver<T> {
 public:
  Separable(const Problem& p, const std::vector<LowRank>& kernels, Workers* workers)
      : rank_(p.rank()),
        dilation_(p.dilation),
        out_inner_(p.output_inner()),
        padded_inner_(p.padded_inner()),
        workers_(workers) {
    for (int axis = 0; axis < rank_; ++axis) taps_.push_back(p.taps(axis));
    for (const LowRank& kernel : kernels) {
      kernels_.push_back({});
      for (const SeparableTerm& term : kernel.terms) {
        kernels_.back().push_back({});
        for (const auto& factor : term.factors) {
          Buffer<T> taps(static_cast<Index>(factor.size()));
          std::transform(factor.begin(), factor.end(), taps.begin(),
                         [](double tap) { return static_cast<T>(tap); });
          kernels_.back().back().push_back(std::move(taps));
        }
      }
    }
    paths_.assign(static_cast<std::size_t>(p.out_channels), Path{-1, 0, 0});
    for (const Path& path : p.paths) paths_[static_cast<std::size_t>(path.out)] = path;
    bias_.assign(static_cast<std::size_t>(p.out_channels), T(0));
    std::transform(p.bias.begin(), p.bias.end(), bias_.begin(),
                   [](double b) { return static_cast<T>(b); });
    const Index position = padded_inner_.product() * p.in_channels;
    chunk_ = std::max(kTaskRows, kChunkBytes / (position * static_cast<Index>(sizeof(T))));
    task_rows_ = rank_ == 2 ? kTaskRows : kTaskSlices;
    const Index most = task_rows_ * (rank_ == 2 ? kTaskColumns + padded_inner_[0]
                                                : padded_inner_.product());
    for (int slot = 0; slot < slots_of(workers); ++slot) {
      scratch_.push_back(Scratch{Buffer<T>(most + kRowSlack), Buffer<T>(most + kRowSlack)});
    }
  }

  Index chunk() const noexcept override { return chunk_ * slots_of(workers_); }
  bool in_any_order() const noexcept override { return true; }
  bool takes_columns() const noexcept override { return rank_ == 2; }
  Index memory_bytes() const noexcept override {
    Index numbers = 0;
    for (const auto& s : scratch_) numbers += s[0].size() + s[1].size();
    return numbers * static_cast<Index>(sizeof(T));
  }

  void run(const PaddedSlab<T>& window, const SlabOf<T>& out,
           const TileWork& work) noexcept override {
    const Index count = work.count;
    const Index blocks = (count + task_rows_ - 1) / task_rows_;
    const Index columns = work.columns < 0 ? out_inner_.back() : work.columns;
    const Index width = rank_ == 2 ? std::min(columns, kTaskColumns) : columns;
    const Index strips = (columns + width - 1) / width;
    run_tasks(work.team, blocks * strips * out.channels, [&](Index task, int slot) {
      const Index block = task % blocks, strip = task / blocks % strips;
      const Index row = block * task_rows_;
      run_block(window, out, task / blocks / strips, work.first, row,
                std::min(task_rows_, count - row), work.column + strip * width, std::min(width, columns - strip * width),
                scratch_[static_cast<std::size_t>(slot)]);
    });
  }

 private:
  using Scratch = std::array<Buffer<T>, 2>;

  // Output positions [row, row + count), columns [column, column + width) of channel o.
  void run_block(const PaddedSlab<T>& window, const SlabOf<T>& out, Index o, Index first, Index row,
                 Index count, Index column, Index width, Scratch& scratch) noexcept {
    const Path& path = paths_[static_cast<std::size_t>(o)];
    const T bias = bias_[static_cast<std::size_t>(o)];
    const auto* terms = path.in < 0 ? nullptr : &kernels_[static_cast<std::size_t>(path.kernel)];
    if (!terms || terms->empty()) {  // an output that nothing reaches, or a kernel of zeros
      for (Index r = 0; r < count; ++r) {
        const Index rows = out.inner / out_inner_.back();
        for (Index i = 0; i < rows; ++i) {
          std::fill_n(out.at(o, row + r) + i * out_inner_.back() + column, width, bias);
        }
      }
      return;
    }
    Start start = Start::bias;
    for (const auto& factors : *terms) {
      const T* from = window.at(path.in, first + row) + column;
      Index pitch = window.position_samples;
      // Samples of one position that the passes still need; images work on a strip of columns.
      Index inner = rank_ == 2 ? width + dilated_extent(taps_[1], dilation_[1]) - 1 : pitch;
      Index outer = 1, outputs = count;
      for (int axis = 0; axis + 1 < rank_; ++axis) {
        T* to = scratch[static_cast<std::size_t>(axis % 2)].data();
        const Index extent_in = axis == 0 ? 0 : padded_inner_[axis - 1];
        if (axis > 0) {
          outer *= axis == 1 ? count : out_inner_[axis - 2];
          inner /= extent_in;
          pitch = inner;
          outputs = out_inner_[axis - 1];
        }
        for (Index i = 0; i < outer; ++i) {
          add_rows(from + i * extent_in * inner, pitch, factors[static_cast<std::size_t>(axis)],
                   dilation_[axis], to + i * outputs * inner, inner, outputs);
        }
        from = to;
      }
      const Index lines = rank_ == 2 ? count : outer * outputs;
      const Index per_position = lines / count;
      const Buffer<T>& taps = factors.back();
      for (Index line = 0; line < lines; ++line) {
        const RowPlane<T> plane{from + line * inner, taps.data(), taps.size()};
        T* to = out.at(o, row + line / per_position) + line % per_position * out_inner_.back();
        accumulate_line(plane, dilation_[rank_ - 1], to + column, width, bias, start);
      }
      start = Start::accumulate;
    }
  }

  // to[n] = Σ_k taps[k] · from[n + k·dilation] on whole rows of `inner` samples.
  static void add_rows(const T* from, Index pitch, const Buffer<T>& taps, Index dilation, T* to,
                       Index inner, Index outputs) noexcept {
    for (Index r = 0; r < std::min(dilation, outputs); ++r) {
      const RowPlane<T> plane{from + r * pitch, taps.data(), 1};
      RowBlock<T> block;
      block.planes = &plane;
      block.plane_count = 1;
      block.rows = taps.size();
      block.row_stride = dilation * pitch;
      block.out = to + r * inner;
      block.out_stride = dilation * inner;
      block.outputs = (outputs - r + dilation - 1) / dilation;
      block.count = inner;
      accumulate_rows(block);
    }
  }

  int rank_;
  Shape dilation_, out_inner_, padded_inner_, taps_;
  Workers* workers_;
  std::vector<std::vector<std::vector<Buffer<T>>>> kernels_;  // [kernel][term][axis]
  std::vector<Path> paths_;                                   // one for each output channel
  std::vector<T> bias_;
  Index chunk_ = 1, task_rows_ = 1;
  std::vector<Scratch> scratch_;
};

}  // namespace

template <class T>
std::unique_ptr<TileSolver<T>> make_separable(const Problem& problem,
                                              const std::vector<LowRank>& kernels,
                                              Workers* workers) {
  return std::make_unique<Separable<T>>(problem, kernels, workers);
}

template std::unique_ptr<TileSolver<float>> make_separable(const Problem&,
                                                           const std::vector<LowRank>&, Workers*);
template std::unique_ptr<TileSolver<double>> make_separable(const Problem&,
                                                            const std::vector<LowRank>&, Workers*);

}  // namespace faltung
