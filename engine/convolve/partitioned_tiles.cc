// Partitioned overlap-save along the stream axis, any rank: a large kernel in flat memory.
#include "engine/convolve/partitioned_tiles.h"

#include "engine/convolve/delay_line.h"
#include "engine/convolve/transform_tile.h"

namespace faltung {
namespace {

// Block j of an input is what the outputs of tile j read beyond those of tile j − 1: the padded
// positions from j·tile + dilated − 1 on.
template <class T>
class PartitionedTiles final : public TileSolver<T> {
 public:
  PartitionedTiles(const Problem& p, const Shape& extents, Workers* workers)
      : transform_(make_transform<T>(extents)),
        geometry_(p, extents),
        tile_(extents[0] / 2),
        dilated_(p.dilated(0)),
        count_((dilated_ + tile_ - 1) / tile_),
        inputs_(p.in_channels),
        outputs_(p.out_channels),
        paths_(p.paths),
        workers_(workers),
        bank_(p, 0, tile_, count_, *transform_),
        size_(whole_chunks<T>(transform_->spectrum_samples())),
        line_(p.in_channels, count_, size_),
        origin_(Shape::filled(p.rank() - 1, 0)) {
    first_path_.assign(static_cast<std::size_t>(outputs_) + 1, 0);
    for (const Path& path : paths_) ++first_path_[static_cast<std::size_t>(path.out) + 1];
    std::size_t most = 0;
    for (std::size_t o = 1; o < first_path_.size(); ++o) {
      most = std::max(most, first_path_[o]);
      first_path_[o] += first_path_[o - 1];
    }
    for (int slot = 0; slot < slots_of(workers); ++slot) {
      scratch_.push_back({Buffer<T>(transform_->samples()), Buffer<T>(transform_->work_samples()),
                          Buffer<T>(size_), std::vector<SpectrumRun<T>>(2 * most)});
    }
  }

  Index tile() const noexcept override { return tile_; }
  Index chunk() const noexcept override { return tile_; }
  Index memory_bytes() const noexcept override {
    Index numbers = bank_.samples() + line_.samples();
    for (const Scratch& s : scratch_) numbers += s.samples.size() + s.work.size() + s.sum.size();
    return numbers * static_cast<Index>(sizeof(T));
  }

  void run(const PaddedSlab<T>& window, const SlabOf<T>& out,
           const TileWork& work) noexcept override {
    const Index first = work.first, count = work.count;
    // Where the stream does not go on, the delay line is filled from what the window remembers.
    Index block = first / tile_;
    if (block != next_) {
      line_.clear();
      for (Index old = block + 1 - count_; old < block; ++old) take(window, old, first);
    }
    for (Index given = 0; given < count; given += tile_, ++block) {
      take(window, block, block * tile_);
      run_tasks(workers_, outputs_, [&](Index o, int slot) {
        give(o, block, std::min(tile_, count - given), given,
             scratch_[static_cast<std::size_t>(slot)], out);
      });
    }
    next_ = block;
  }

 private:
  struct Scratch {
    Buffer<T> samples, work, sum;
    std::vector<SpectrumRun<T>> runs;
  };

  // Spectra of block `block` of every input, with the block before it in front. Positions before
  // `begin` count as zeros: no output to come reads them.
  void take(const PaddedSlab<T>& window, Index block, Index begin) noexcept {
    const Index position = (block - 1) * tile_ + dilated_ - 1;
    run_tasks(workers_, inputs_, [&](Index i, int slot) {
      Scratch& s = scratch_[static_cast<std::size_t>(slot)];
      geometry_.gather(window, i, position, 2 * tile_, begin, window.available, origin_,
                       s.samples.data());
      transform_->forward(s.samples.data(), s.sum.data(), s.work.data());
      line_.deposit(i, block + kFirstBlock, s.sum.data(), 0, size_ / kSpectrumChunk<T>);
    });
  }

  void give(Index o, Index block, Index rows, Index position, Scratch& s,
            const SlabOf<T>& out) noexcept {
    Index count = 0;
    const std::size_t end = first_path_[static_cast<std::size_t>(o) + 1];
    for (std::size_t i = first_path_[static_cast<std::size_t>(o)]; i < end; ++i) {
      const auto& partitions = bank_[paths_[i].kernel];
      if (partitions.first == partitions.last) continue;
      count += line_.runs(paths_[i].in, block + kFirstBlock, partitions.first, partitions.last,
                          partitions.data, bank_.step(), 0, s.runs.data() + count);
    }
    accumulate_spectra(s.sum.data(), s.runs.data(), count, size_, SumStart::zero);
    transform_->inverse(s.sum.data(), s.samples.data(), s.work.data());
    geometry_.scatter(s.samples.data() + tile_ * geometry_.position_samples(), 1, out, o, position,
                      rows, origin_);
  }

  static constexpr Index kFirstBlock = Index{1} << 40;  // the delay line counts from 0

  std::shared_ptr<const RealTransform<T>> transform_;
  TransformTile<T> geometry_;
  Index tile_, dilated_, count_, inputs_, outputs_;
  std::vector<Path> paths_;
  std::vector<std::size_t> first_path_;  // of every output
  Workers* workers_;
  PartitionBank<T> bank_;
  Index size_;
  DelayLine<T> line_;
  Shape origin_;
  std::vector<Scratch> scratch_;
  Index next_ = -1;  // the block that would go on
};

}  // namespace

template <class T>
std::unique_ptr<TileSolver<T>> make_partitioned_tiles(const Problem& problem, const Shape& extents,
                                                      Workers* workers) {
  return std::make_unique<PartitionedTiles<T>>(problem, extents, workers);
}

template std::unique_ptr<TileSolver<float>> make_partitioned_tiles(const Problem&, const Shape&,
                                                                   Workers*);
template std::unique_ptr<TileSolver<double>> make_partitioned_tiles(const Problem&, const Shape&,
                                                                    Workers*);

}  // namespace faltung
