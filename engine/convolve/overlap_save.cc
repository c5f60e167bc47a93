// Overlap-save with N-D transforms over tiles of the output.
#include "engine/convolve/overlap_save.h"

#include <algorithm>

#include "engine/convolve/spectra.h"
#include "engine/convolve/transform_tile.h"
#include "engine/simd/accumulate_spectra.h"

namespace faltung {
namespace {

constexpr Index kSharedSamples = 1 << 20;  // of a tile whose spectrum fills a core's caches
constexpr Index kPieceSamples = 1 << 16;   // most of a transform's piece that has many positions

// Every input and every output on one path: the product takes the input's place.
bool multiplies_in_place(const Problem& p) {
  std::vector<int> readers(static_cast<std::size_t>(p.in_channels), 0);
  std::vector<int> terms(static_cast<std::size_t>(p.out_channels), 0);
  for (const Path& path : p.paths) {
    ++readers[static_cast<std::size_t>(path.in)];
    ++terms[static_cast<std::size_t>(path.out)];
  }
  return std::all_of(readers.begin(), readers.end(), [](int n) { return n <= 1; }) &&
         std::all_of(terms.begin(), terms.end(), [](int n) { return n == 1; });
}

// Threads work on one large tile together, that it lies in memory once; small ones they share out.
bool shares_tiles(const Shape& extents, const Workers* workers) {
  return slots_of(workers) > 1 && extents.product() >= kSharedSamples;
}

template <class T>
class OverlapSave final : public TileSolver<T> {
 public:
  OverlapSave(const Problem& p, const Shape& extents, Workers* workers)
      : transform_(make_transform<T>(extents)),
        paths_(p.paths),
        stride_(p.stride[0]),
        dilated_(p.dilated(0)),
        out_channels_(p.out_channels),
        in_place_(multiplies_in_place(p)),
        shared_(shares_tiles(extents, workers)),
        workers_(workers),
        geometry_(p, extents),
        tile_(geometry_.tile()[0]),
        piece_positions_(extents[0] / transform_->pieces()) {
    // Live, a tile that waits for more than a block would be a latency.
    if (p.block) tile_ = std::min(p.live_tile(), tile_);
    const Index size = transform_->spectrum_samples();
    const auto inputs = static_cast<std::size_t>(p.in_channels);
    spectra_ = Buffer<T>(checked_product({p.kernel_count(), size}));
    for (Index k = 0; k < p.kernel_count(); ++k) {
      kernel_spectrum(p, k, 0, p.dilated(0), *transform_, spectra_.data() + k * size);
    }
    for (int slot = 0; slot < slots_of(workers); ++slot) {
      pieces_.push_back({Buffer<T>(transform_->samples() / transform_->pieces()),
                         Buffer<T>(transform_->work_samples()),
                         std::vector<SpectrumRun<T>>(inputs)});
    }
    for (int slot = 0; slot < (shared_ ? 1 : slots_of(workers)); ++slot) {
      tiles_.push_back({Buffer<T>(checked_product({p.in_channels, size})),
                        Buffer<T>(in_place_ ? 0 : size), std::vector<Term>(inputs),
                        Buffer<char>(p.in_channels)});
    }
  }

  Index tile() const noexcept override { return tile_; }
  Index chunk() const noexcept override {
    return tile_ * stride_ * (shared_ || geometry_.tiles_across() > 1 ? 1 : slots_of(workers_));
  }

  Index memory_bytes() const noexcept override {
    Index numbers = spectra_.size();
    for (const Piece& piece : pieces_) numbers += piece.samples.size() + piece.work.size();
    for (const Tile& tile : tiles_) numbers += tile.inputs.size() + tile.sum.size();
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
  struct Piece {  // what a thread needs for a piece or a strip
    Buffer<T> samples, work;
    std::vector<SpectrumRun<T>> runs;
  };
  struct Term {
    T* input;
    const T* kernel;
    bool first;  // who reads the input: its strips are still to be transformed
  };
  struct Tile {
    Buffer<T> inputs, sum;
    std::vector<Term> terms;
    Buffer<char> taken;  // inputs
  };
  struct Place {  // of a tile: in the output, and the padded positions it reads
    Index position, rows, begin, end;
    Shape origin;
  };

  template <class Padded>
  void run_tiles(const Padded& padded, Index available, const SlabOf<T>& out,
                 const TileWork& work) noexcept {
    const Index across = geometry_.tiles_across();
    const Index tasks = across * ((work.count + tile_ - 1) / tile_);
    const auto run = [&](Index task, const Team& team) {
      const Index first = task / across * tile_, begin = (work.first + first) * stride_;
      const Index end = std::min(begin + (tile_ - 1) * stride_ + dilated_, available);
      run_tile(padded, out, {first, std::min(tile_, work.count - first), begin, end,
                             geometry_.inner_origin(task % across)}, team);
    };
    if (shared_) {
      for (Index task = 0; task < tasks; ++task) run(task, work.team);
    } else {
      run_tasks(work.team, tasks, [&](Index task, int slot) { run(task, Team{nullptr, slot}); });
    }
  }

  template <class Padded>
  void run_tile(const Padded& padded, const SlabOf<T>& out, const Place& place,
                const Team& team) noexcept {
    Tile& tile = tiles_[static_cast<std::size_t>(shared_ ? 0 : team.slot)];
    const Index size = transform_->spectrum_samples();
    tile.taken.clear();
    std::size_t path = 0;
    for (Index o = 0; o < out_channels_; ++o) {
      std::size_t terms = 0;
      for (; path < paths_.size() && paths_[path].out == o; ++path) {
        const Index c = paths_[path].in;
        T* input = tile.inputs.data() + c * size;
        if (!tile.taken[c]) take(padded, c, place, input, team);
        tile.terms[terms++] = {input, spectra_.data() + paths_[path].kernel * size, !tile.taken[c]};
        tile.taken[c] = 1;
      }
      T* sum = in_place_ ? tile.terms[0].input : tile.sum.data();
      run_tasks(team, transform_->strips(), [&](Index strip, int slot) {
        multiply(tile.terms.data(), terms, strip, pieces_[static_cast<std::size_t>(slot)], sum);
      });
      give(sum, place, out, o, team);
    }
  }

  // An input's pieces to its spectrum.
  template <class Padded>
  void take(const Padded& padded, Index c, const Place& place, T* input,
            const Team& team) noexcept {
    run_tasks(team, transform_->pieces(), [&](Index piece, int slot) {
      Piece& own = pieces_[static_cast<std::size_t>(slot)];
      geometry_.gather(padded, c, place.begin + piece * piece_positions_, piece_positions_,
                       place.begin, place.end, place.origin, own.samples.data());
      transform_->forward_piece(piece, own.samples.data(), input, own.work.data());
    });
  }

  // A strip of the product, from the inputs' and back, while it is in the cache.
  void multiply(const Term* terms, std::size_t count, Index strip, Piece& own,
                T* sum) noexcept {
    const Index samples = transform_->strip_samples(), at = strip * samples;
    for (std::size_t t = 0; t < count; ++t) {
      if (terms[t].first) transform_->forward_strip(strip, terms[t].input);
      own.runs[t] = {terms[t].input + at, terms[t].kernel + at};
    }
    accumulate_spectra(sum + at, own.runs.data(), static_cast<Index>(count), samples,
                       SumStart::zero);
    transform_->inverse_strip(strip, sum);
  }

  // The outputs; pieces that hold none of them are left.
  void give(T* sum, const Place& place, const SlabOf<T>& out, Index o, const Team& team) noexcept {
    run_tasks(team, transform_->pieces(), [&](Index piece, int slot) {
      Piece& own = pieces_[static_cast<std::size_t>(slot)];
      // Output row m lies at position dilated − 1 + m·stride.
      const auto row_from = [&](Index position) {
        return std::max<Index>(0, position - (dilated_ - 1) + stride_ - 1) / stride_;
      };
      const Index begin = piece * piece_positions_, first = row_from(begin);
      const Index end = std::min(place.rows, row_from(begin + piece_positions_));
      if (first >= end) return;
      transform_->inverse_piece(piece, sum, own.samples.data(), own.work.data());
      const Index at = dilated_ - 1 + first * stride_ - begin;
      geometry_.scatter(own.samples.data() + at * geometry_.position_samples(), stride_, out, o,
                        place.position + first, end - first, place.origin);
    });
  }

  std::shared_ptr<const RealTransform<T>> transform_;
  std::vector<Path> paths_;
  Index stride_, dilated_;  // along the stream axis
  Index out_channels_;
  bool in_place_, shared_;
  Workers* workers_;
  TransformTile<T> geometry_;
  Index tile_, piece_positions_;
  Buffer<T> spectra_;
  std::vector<Piece> pieces_;  // of each thread
  std::vector<Tile> tiles_;    // of each thread, or one
};

}  // namespace

template <class T>
std::unique_ptr<TileSolver<T>> make_overlap_save(const Problem& problem, const Shape& extents,
                                                 Workers* workers) {
  return std::make_unique<OverlapSave<T>>(problem, extents, workers);
}

double overlap_save_samples(const Problem& p, const Shape& extents, const Workers* workers) {
  const double samples = static_cast<double>(extents.product());
  const double piece = is_tree_transform(extents) && extents.rank() > 1
                           ? std::clamp<double>(kPieceSamples, samples / static_cast<double>(extents[0]),
                                                samples)
                           : samples;
  const double spectra = static_cast<double>(p.in_channels + (multiplies_in_place(p) ? 0 : 1));
  const int slots = slots_of(workers), tiles = shares_tiles(extents, workers) ? 1 : slots;
  return samples * (static_cast<double>(p.kernel_count()) + spectra * tiles) + 2 * piece * slots;
}

template std::unique_ptr<TileSolver<float>> make_overlap_save(const Problem&, const Shape&,
                                                              Workers*);
template std::unique_ptr<TileSolver<double>> make_overlap_save(const Problem&, const Shape&,
                                                               Workers*);

}  // namespace faltung
