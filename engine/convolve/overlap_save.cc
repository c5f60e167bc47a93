// Overlap-save with N-D transforms over tiles of the output.
#include "engine/convolve/overlap_save.h"

#include <algorithm>

#include "engine/convolve/spectra.h"
#include "engine/simd/accumulate_spectra.h"

namespace faltung {
namespace {

template <class T>
class OverlapSave final : public TileSolver<T> {
 public:
  OverlapSave(const Problem& p, const Shape& extents, Workers* workers)
      : transform_(make_transform<T>(extents)),
        paths_(p.paths),
        stride_(p.stride),
        out_inner_(p.output_inner()),
        padded_inner_(p.padded_inner()),
        out_channels_(p.out_channels),
        workers_(workers) {
    for (int axis = 0; axis < p.rank(); ++axis) {
      dilated_.push_back(p.dilated(axis));
      tile_.push_back((extents[axis] - p.dilated(axis)) / stride_[axis] + 1);
    }
    // Live, a tile that waits for more than a block would be a latency.
    if (p.block) tile_[0] = std::min(p.live_tile(), tile_[0]);
    bias_ = Buffer<T>(p.out_channels);
    for (std::size_t o = 0; o < p.bias.size(); ++o) {
      bias_[static_cast<Index>(o)] = static_cast<T>(p.bias[o]);
    }
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

  Index tile() const noexcept override { return tile_[0]; }
  Index chunk() const noexcept override {
    return tile_[0] * stride_[0] * (tiles_across() > 1 ? 1 : slots_of(workers_));
  }

  Index memory_bytes() const noexcept override {
    Index numbers = spectra_.size();
    for (const Scratch& s : scratch_) {
      numbers += s.samples.size() + s.work.size() + s.sum.size() + s.inputs.size();
    }
    return numbers * static_cast<Index>(sizeof(T));
  }

  void run(const Window<T>& window, const SlabOf<T>& out, Index first,
           Index count) noexcept override {
    const Index across = tiles_across();
    const Index along = (count + tile_[0] - 1) / tile_[0];
    run_tasks(workers_, across * along, [&](Index task, int slot) {
      run_tile(window, out, first, count, task / across, task % across,
               scratch_[static_cast<std::size_t>(slot)]);
    });
  }

 private:
  struct Scratch {
    Buffer<T> samples, work, sum, inputs;
    Buffer<char> ready;  // whether an input's spectrum is there
    std::vector<SpectrumRun<T>> terms;
  };

  Index tiles_across() const noexcept {
    Index tiles = 1;
    for (int axis = 0; axis < out_inner_.rank(); ++axis) {
      tiles *= (out_inner_[axis] + tile_[axis + 1] - 1) / tile_[axis + 1];
    }
    return tiles;
  }

  // First output position of tile number `number` along every inner axis.
  Shape inner_origin(Index number) const noexcept {
    Shape origin = out_inner_;
    for (int axis = out_inner_.rank() - 1; axis >= 0; --axis) {
      const Index tiles = (out_inner_[axis] + tile_[axis + 1] - 1) / tile_[axis + 1];
      origin[axis] = number % tiles * tile_[axis + 1];
      number /= tiles;
    }
    return origin;
  }

  void run_tile(const Window<T>& window, const SlabOf<T>& out, Index first, Index count,
                Index along, Index across, Scratch& s) noexcept {
    const Shape origin = inner_origin(across);
    const Index position = first + along * tile_[0];
    const Index rows = std::min(tile_[0], count - along * tile_[0]);
    const Index size = transform_->spectrum_samples();
    s.ready.clear();
    std::size_t path = 0;
    for (Index o = 0; o < out_channels_; ++o) {
      Index terms = 0;
      for (; path < paths_.size() && paths_[path].out == o; ++path) {
        const Index c = paths_[path].in;
        T* input = s.inputs.data() + c * size;
        if (!s.ready[c]) {
          gather(window, c, position * stride_[0], origin, s.samples.data());
          transform_->forward(s.samples.data(), input, s.work.data());
          s.ready[c] = 1;
        }
        s.terms[static_cast<std::size_t>(terms++)] = {
            input, spectra_.data() + paths_[path].kernel * size};
      }
      accumulate_spectra(s.sum.data(), s.terms.data(), terms, size, SumStart::zero);
      transform_->inverse(s.sum.data(), s.samples.data(), s.work.data());
      scatter(s.samples.data(), out, o, along * tile_[0], rows, origin);
    }
  }

  // Copies the tile's input from the window; zeros where the signal's padded extent ends, and where
  // a tile reads nothing: what happens to be there must not change its rounding.
  void gather(const Window<T>& window, Index c, Index position, const Shape& origin,
              T* to) const noexcept {
    const Shape& f = transform_->extents();
    const int last = f.rank() - 1;
    const Index columns = f[last];
    const Index needed = std::min((tile_[0] - 1) * stride_[0] + dilated_[0],
                                  window.available() - position);
    if (last == 0) return copy_line(window.at(c, position), needed, to, columns);
    const Index rows_per_position = f.product() / f[0] / columns;
    const Index first_column = origin[last - 1] * stride_[last];
    const Index there = std::min(columns, padded_inner_[last - 1] - first_column);
    for (Index n = 0; n < f[0]; ++n) {
      const bool inside = n < needed;
      const T* from = inside ? window.at(c, position + n) : nullptr;
      for (Index r = 0; r < rows_per_position; ++r, to += columns) {
        const Index row = inside ? source_row(r, origin) : -1;
        copy_line(row < 0 ? nullptr : from + row * window.row_samples() + first_column,
                  row < 0 ? 0 : there, to, columns);
      }
    }
  }

  static void copy_line(const T* from, Index count, T* to, Index extent) noexcept {
    if (count > 0) std::copy_n(from, count, to);
    std::fill(to + std::max(count, Index{0}), to + extent, T(0));
  }

  // Row of a window position that row `r` of the tile reads, −1 beyond the padded extents.
  Index source_row(Index r, const Shape& origin) const noexcept {
    const Shape& f = transform_->extents();
    Index row = 0, scale = 1;
    for (int axis = f.rank() - 2; axis >= 1; --axis) {
      const Index at = origin[axis - 1] * stride_[axis] + r % f[axis];
      r /= f[axis];
      if (at >= padded_inner_[axis - 1]) return -1;
      row += at * scale;
      scale *= padded_inner_[axis - 1];
    }
    return row;
  }

  // The part of the cyclic convolution that has not wrapped around, every stride-th of it.
  void scatter(const T* from, const SlabOf<T>& out, Index o, Index position, Index rows,
               const Shape& origin) const noexcept {
    const Shape& f = transform_->extents();
    const Shape strides = row_major_strides(f);
    const int last = f.rank() - 1;
    if (last == 0) {
      write_line(from + dilated_[0] - 1, stride_[0], rows, bias_[o], out.at(o, position));
      return;
    }
    const Shape out_strides = row_major_strides(out_inner_);
    Shape lines{rows};
    for (int axis = 1; axis < last; ++axis) {
      lines.push_back(std::min(tile_[axis], out_inner_[axis - 1] - origin[axis - 1]));
    }
    const Index columns = std::min(tile_[last], out_inner_[last - 1] - origin[last - 1]);
    for_each_position(lines, [&](const Shape& m) {
      const T* line = from + dilated_[last] - 1;
      Index to = origin[last - 1];
      for (int axis = 0; axis < last; ++axis) {
        line += (m[axis] * stride_[axis] + dilated_[axis] - 1) * strides[axis];
        if (axis > 0) to += (origin[axis - 1] + m[axis]) * out_strides[axis - 1];
      }
      write_line(line, stride_[last], columns, bias_[o], out.at(o, position + m[0]) + to);
    });
  }

  static void write_line(const T* from, Index step, Index count, T bias, T* to) noexcept {
    if (step == 1) {
      for (Index n = 0; n < count; ++n) to[n] = from[n] + bias;
    } else {
      for (Index n = 0; n < count; ++n) to[n] = from[n * step] + bias;
    }
  }

  std::shared_ptr<const RealTransform<T>> transform_;
  std::vector<Path> paths_;
  Shape stride_, out_inner_, padded_inner_, dilated_, tile_;
  Index out_channels_;
  Workers* workers_;
  Buffer<T> bias_, spectra_;
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
