// Separable convolution: chains of 1-D passes for kernels of low rank.
//
// Passes go from the stream axis inwards, so that no output position needs work done for another:
// each pass but the last adds whole rows (a kernel of one tap on rows), the last runs along rows.
#include "engine/convolve/separable.h"

#include <algorithm>
#include <array>

#include "engine/convolve/line.h"

namespace faltung {

namespace {

constexpr Index kChunkBytes = 384 << 10;  // of padded input taken at once
constexpr Index kTaskRows = 16;           // output positions of one task in images
constexpr Index kTaskColumns = 1024;      // columns of one task in images
constexpr Index kSlices = 4;              // slices computed at once in volumes: one register block
constexpr Index kLargeSlices = 8;         // the same of large ones, which come from memory
constexpr Index kLargeSlice = 512 << 10;  // bytes
constexpr Index kPiece = 4096;            // samples of a slice of one task: of 40 slices in level 2
constexpr Index kStrip = 32768;           // samples of one task within slices: rows of them

}  // namespace

SeparableWork separable_work(const Problem& p) {
  const Shape padded = p.padded_inner();
  SeparableWork work;
  work.rows = kTaskRows;
  work.strip = kTaskRows * (kTaskColumns + padded[0]) + kRowSlack;
  if (p.rank() > 2) {
    const bool large = padded.product() * p.in_channels * size_of(p.arithmetic) >= kLargeSlice;
    const Index row = padded.from(1).product();
    work.tile = large && !p.block ? kLargeSlices : 1;
    work.slices = large ? kLargeSlices : kSlices;
    work.rows = std::clamp<Index>(kStrip / row, 1, p.output_inner()[0]);
    if (work.rows > kSlices) work.rows = work.rows / kSlices * kSlices;
    work.strip = work.rows * row + kRowSlack;
  }
  work.samples = (p.rank() > 3 ? 2 : 1) * work.strip + work.slices * padded.product();
  return work;
}

namespace {

template <class T>
class Separable final : public TileSolver<T> {
 public:
  Separable(const Problem& p, const std::vector<LowRank>& kernels, Workers* workers)
      : rank_(p.rank()),
        dilation_(p.dilation),
        out_inner_(p.output_inner()),
        padded_inner_(p.padded_inner()),
        work_(separable_work(p)),
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
    const Index position = padded_inner_.product() * p.in_channels * static_cast<Index>(sizeof(T));
    chunk_ = std::max(kTaskRows, kChunkBytes / position);
    for (int slot = 0; slot < slots_of(workers); ++slot) {
      const Index slices =
          work_.slices > 0 ? work_.slices * padded_inner_.product() + kRowSlack : 0;
      scratch_.push_back(
          {{Buffer<T>(work_.strip), Buffer<T>(rank_ > 3 ? work_.strip : 0)}, Buffer<T>(slices)});
    }
  }

  Index tile() const noexcept override { return work_.tile; }
  Index chunk() const noexcept override { return chunk_ * slots_of(workers_); }
  bool in_any_order() const noexcept override { return true; }
  bool takes_columns() const noexcept override { return rank_ == 2; }
  Index memory_bytes() const noexcept override {
    Index numbers = 0;
    for (const Scratch& s : scratch_) {
      numbers += s.strips[0].size() + s.strips[1].size() + s.slices.size();
    }
    return numbers * static_cast<Index>(sizeof(T));
  }

  void run(const PaddedSlab<T>& window, const SlabOf<T>& out,
           const TileWork& work) noexcept override {
    rank_ == 2 ? run_image(window, out, work) : run_volume(window, out, work);
  }

 private:
  using Factors = std::vector<Buffer<T>>;  // [axis]

  // What one thread holds; `slices` only in volumes, where a pool shares the first one.
  struct Scratch {
    std::array<Buffer<T>, 2> strips;
    Buffer<T> slices;
  };

  // One term of one output channel.
  struct Pass {
    const PaddedSlab<T>& window;
    const SlabOf<T>& out;
    Index in, o;
    T bias;
    Start start;
    const Factors& factors;
  };

  // Calls term(pass) for each term that reaches channel o; false: there is none, it is all bias.
  template <class Term>
  bool each_term(const PaddedSlab<T>& window, const SlabOf<T>& out, Index o, Term&& term) noexcept {
    const Path& path = paths_[static_cast<std::size_t>(o)];
    if (path.in < 0) return false;
    Start start = Start::bias;
    for (const Factors& factors : kernels_[static_cast<std::size_t>(path.kernel)]) {
      term(Pass{window, out, path.in, o, bias_[static_cast<std::size_t>(o)], start, factors});
      start = Start::accumulate;
    }
    return start == Start::accumulate;
  }

  void run_image(const PaddedSlab<T>& window, const SlabOf<T>& out, const TileWork& work) noexcept {
    const Index blocks = (work.count + work_.rows - 1) / work_.rows;
    const Index columns = work.columns < 0 ? out_inner_.back() : work.columns;
    const Index width = std::min(columns, kTaskColumns);
    const Index strips = (columns + width - 1) / width;
    run_tasks(work.team, blocks * strips * out.channels, [&](Index task, int slot) {
      const Index row = task % blocks * work_.rows, strip = task / blocks % strips * width;
      const Index o = task / blocks / strips;
      const Index rows = std::min(work_.rows, work.count - row);
      const Index count = std::min(width, columns - strip), column = work.column + strip;
      T* sums = scratch_[static_cast<std::size_t>(slot)].strips[0].data();
      const bool reached = each_term(window, out, o, [&](const Pass& pass) {
        run_block(pass, work.first + row, row, rows, column, count, sums);
      });
      for (Index r = row; !reached && r < row + rows; ++r) {
        std::fill_n(out.at(o, r) + column, count, bias_[static_cast<std::size_t>(o)]);
      }
    });
  }

  // Of an image: rows [row, row + rows) of `out`, columns [column, column + count).
  void run_block(const Pass& pass, Index position, Index row, Index rows, Index column, Index count,
                 T* sums) const noexcept {
    const Index inner = count + dilated_extent(taps_[1], dilation_[1]) - 1;
    add_rows(pass.window.at(pass.in, position) + column, pass.window.position_samples,
             pass.factors[0], dilation_[0], sums, inner, inner, rows);
    for (Index r = 0; r < rows; ++r) {
      add_line(pass, sums + r * inner, pass.out.at(pass.o, row + r) + column, count);
    }
  }

  void run_volume(const PaddedSlab<T>& window, const SlabOf<T>& out,
                  const TileWork& work) noexcept {
    for (Index o = 0; o < out.channels; ++o) {
      const bool reached = each_term(window, out, o, [&](const Pass& pass) {
        for (Index first = 0; first < work.count; first += work_.slices) {
          run_slices(pass, work, first, std::min(work_.slices, work.count - first));
        }
      });
      if (!reached) {
        std::fill_n(out.at(o, 0), work.count * out.inner, bias_[static_cast<std::size_t>(o)]);
      }
    }
  }

  // First along the stream axis, piece by piece of whole slices, each read once for all outputs;
  // then within slices, strip by strip of rows.
  void run_slices(const Pass& pass, const TileWork& work, Index first, Index count) noexcept {
    const Index plane = padded_inner_.product();
    const T* from = pass.window.at(pass.in, work.first + first);
    T* sums = scratch_[static_cast<std::size_t>(work.team.slot)].slices.data();
    run_tasks(work.team, (plane + kPiece - 1) / kPiece, [&](Index piece, int) {
      const Index at = piece * kPiece;
      add_rows(from + at, pass.window.position_samples, pass.factors[0], dilation_[0], sums + at,
               plane, std::min(kPiece, plane - at), count);
    });
    const Index strips = (out_inner_[0] + work_.rows - 1) / work_.rows;
    run_tasks(work.team, count * strips, [&](Index task, int slot) {
      const Index slice = task / strips, row = task % strips * work_.rows;
      run_strip(pass, sums + slice * plane, row, std::min(work_.rows, out_inner_[0] - row),
                pass.out.at(pass.o, first + slice), scratch_[static_cast<std::size_t>(slot)]);
    });
  }

  // Rows [row, row + rows) of a slice of `out`; `slice` is summed along the stream already.
  void run_strip(const Pass& pass, const T* slice, Index row, Index rows, T* out,
                 Scratch& scratch) noexcept {
    Index inner = padded_inner_.from(1).product();
    T* to = scratch.strips[0].data();
    add_rows(slice + row * inner, inner, pass.factors[1], dilation_[1], to, inner, inner, rows);
    Index lines = rows;
    for (int axis = 2; axis + 1 < rank_; ++axis) {
      const T* from = to;
      to = scratch.strips[static_cast<std::size_t>(axis % 2 == 0)].data();
      const Index extent = padded_inner_[axis - 1], outputs = out_inner_[axis - 1];
      inner /= extent;
      for (Index i = 0; i < lines; ++i) {
        add_rows(from + i * extent * inner, inner, pass.factors[static_cast<std::size_t>(axis)],
                 dilation_[axis], to + i * outputs * inner, inner, inner, outputs);
      }
      lines *= outputs;
    }
    out += row * (lines / rows) * out_inner_.back();
    for (Index line = 0; line < lines; ++line) {
      add_line(pass, to + line * inner, out + line * out_inner_.back(), out_inner_.back());
    }
  }

  void add_line(const Pass& pass, const T* from, T* to, Index count) const noexcept {
    const Buffer<T>& taps = pass.factors.back();
    accumulate_line({from, taps.data(), taps.size()}, dilation_[rank_ - 1], to, count, pass.bias,
                    pass.start);
  }

  // to[n] = Σ_k taps[k] · from[n + k·dilation] on rows of `count` samples.
  static void add_rows(const T* from, Index pitch, const Buffer<T>& taps, Index dilation, T* to,
                       Index to_pitch, Index count, Index outputs) noexcept {
    for (Index r = 0; r < std::min(dilation, outputs); ++r) {
      const RowPlane<T> plane{from + r * pitch, taps.data(), 1};
      RowBlock<T> block;
      block.planes = &plane;
      block.plane_count = 1;
      block.rows = taps.size();
      block.row_stride = dilation * pitch;
      block.out = to + r * to_pitch;
      block.out_stride = dilation * to_pitch;
      block.outputs = (outputs - r + dilation - 1) / dilation;
      block.count = count;
      accumulate_rows(block);
    }
  }

  int rank_;
  Shape dilation_, out_inner_, padded_inner_, taps_;
  SeparableWork work_;
  Workers* workers_;
  std::vector<std::vector<Factors>> kernels_;  // [kernel][term]
  std::vector<Path> paths_;                    // one for each output channel
  std::vector<T> bias_;
  Index chunk_ = 1;
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
