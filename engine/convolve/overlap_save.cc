// Overlap-save with N-D transforms over tiles of the output.
#include "engine/convolve/overlap_save.h"

#include <algorithm>

#include "engine/convolve/spectra.h"
#include "engine/convolve/transform_tile.h"
#include "engine/simd/accumulate_spectra.h"

namespace faltung {
namespace {

template <class T>
class OverlapSave final : public TileSolver<T> {
 public:
  OverlapSave(const Problem& p, const Shape& extents, Workers* workers)
      : transform_(make_transform<T>(extents)),
        paths_(p.paths),
        stride_(p.stride[0]),
        dilated_(p.dilated(0)),
        out_channels_(p.out_channels),
        workers_(workers),
        geometry_(p, extents),
        tile_(geometry_.tile()[0]) {
    // Live, a tile that waits for more than a block would be a latency.
    if (p.block) tile_ = std::min(p.live_tile(), tile_);
    std::vector<int> readers(static_cast<std::size_t>(p.in_channels), 0);
    for (const Path& path : p.paths) ++readers[static_cast<std::size_t>(path.in)];
    own_inputs_ = std::all_of(readers.begin(), readers.end(), [](int n) { return n <= 1; });
    const Index size = transform_->spectrum_samples();
    spectra_ = Buffer<T>(checked_product({p.kernel_count(), size}));
    for (Index k = 0; k < p.kernel_count(); ++k) {
      kernel_spectrum(p, k, 0, p.dilated(0), *transform_, spectra_.data() + k * size);
    }
    for (int slot = 0; slot < slots_of(workers); ++slot) {
      scratch_.push_back({Buffer<T>(transform_->samples()), Buffer<T>(transform_->work_samples()),
                          Buffer<T>(size), Buffer<T>(checked_product({p.in_channels, size})),
                          Buffer<char>(p.in_channels),
                          std::vector<SpectrumRun<T>>(static_cast<std::size_t>(p.in_channels))});
    }
  }

  Index tile() const noexcept override { return tile_; }
  Index chunk() const noexcept override {
    return tile_ * stride_ * (geometry_.tiles_across() > 1 ? 1 : slots_of(workers_));
  }

  Index memory_bytes() const noexcept override {
    Index numbers = spectra_.size();
    for (const Scratch& s : scratch_) {
      numbers += s.samples.size() + s.work.size() + s.sum.size() + s.inputs.size();
    }
    return numbers * static_cast<Index>(sizeof(T));
  }

  void run(const PaddedSlab<T>& window, const SlabOf<T>& out,
           const TileWork& work) noexcept override {
    run_tiles(window, window.available, out, work);
  }

  bool reads_lines() const noexcept override { return true; }
  void run_lines(const PaddedLines<T>& lines, const SlabOf<T>& out,
                 const TileWork& work) noexcept override {
    run_tiles(lines, lines.available(), out, work);
  }

 private:
  struct Scratch {
    Buffer<T> samples, work, sum, inputs;
    Buffer<char> ready;  // whether an input's spectrum is there
    std::vector<SpectrumRun<T>> terms;
  };

  template <class Padded>
  void run_tiles(const Padded& padded, Index available, const SlabOf<T>& out,
                 const TileWork& work) noexcept {
    const Index across = geometry_.tiles_across();
    const Index along = (work.count + tile_ - 1) / tile_;
    run_tasks(work.team, across * along, [&](Index task, int slot) {
      run_tile(padded, available, out, work, task / across, task % across,
               scratch_[static_cast<std::size_t>(slot)]);
    });
  }

  template <class Padded>
  void run_tile(const Padded& padded, Index available, const SlabOf<T>& out, const TileWork& work,
                Index along, Index across, Scratch& s) noexcept {
    const Shape origin = geometry_.inner_origin(across);
    const Index begin = (work.first + along * tile_) * stride_;
    const Index end = std::min(begin + (tile_ - 1) * stride_ + dilated_, available);
    const Index rows = std::min(tile_, work.count - along * tile_);
    const Index size = transform_->spectrum_samples();
    s.ready.clear();
    std::size_t path = 0;
    for (Index o = 0; o < out_channels_; ++o) {
      Index terms = 0;
      for (; path < paths_.size() && paths_[path].out == o; ++path) {
        const Index c = paths_[path].in;
        T* input = s.inputs.data() + c * size;
        if (!s.ready[c]) {
          geometry_.gather(padded, c, begin, transform_->extents()[0], begin, end, origin,
                           s.samples.data());
          transform_->forward(s.samples.data(), input, s.work.data());
          s.ready[c] = 1;
        }
        s.terms[static_cast<std::size_t>(terms++)] = {
            input, spectra_.data() + paths_[path].kernel * size};
      }
      // An input that nobody else reads makes room for the product.
      T* sum = own_inputs_ && terms == 1 ? s.inputs.data() + paths_[path - 1].in * size : s.sum.data();
      accumulate_spectra(sum, s.terms.data(), terms, size, SumStart::zero);
      transform_->inverse(sum, s.samples.data(), s.work.data());
      geometry_.scatter(s.samples.data() + (dilated_ - 1) * geometry_.position_samples(), stride_,
                        out, o, along * tile_, rows, origin);
    }
  }

  std::shared_ptr<const RealTransform<T>> transform_;
  std::vector<Path> paths_;
  Index stride_, dilated_;  // along the stream axis
  Index out_channels_;
  bool own_inputs_ = false;  // no input has two readers
  Workers* workers_;
  TransformTile<T> geometry_;
  Index tile_;
  Buffer<T> spectra_;
  std::vector<Scratch> scratch_;
};

}  // namespace

template <class T>
std::unique_ptr<TileSolver<T>> make_overlap_save(const Problem& problem, const Shape& extents,
                                                 Workers* workers) {
  return std::make_unique<OverlapSave<T>>(problem, extents, workers);
}

template std::unique_ptr<TileSolver<float>> make_overlap_save(const Problem&, const Shape&,
                                                              Workers*);
template std::unique_ptr<TileSolver<double>> make_overlap_save(const Problem&, const Shape&,
                                                               Workers*);

}  // namespace faltung
