// Direct convolution of series; with a stride the samples of each phase are set apart first.
#include "engine/convolve/direct_series.h"

#include <algorithm>
#include <vector>

#include "engine/convolve/direct_taps.h"
#include "engine/convolve/line.h"

namespace faltung {
namespace {

constexpr Index kChunkBytes = 384 << 10;  // of input taken at once: stays in level 2
constexpr Index kFewest = 256, kMost = 16384;  // samples of it

template <class T>
class DirectSeries final : public TileSolver<T> {
 public:
  DirectSeries(const Problem& p, Workers* workers)
      : stride_(p.stride[0]),
        reach_(p.dilated(0)),
        workers_(workers),
        taps_(p, {}),
        bias_(p.out_channels),
        scratch_(static_cast<std::size_t>(slots_of(workers) * taps_.scratch_planes())) {
    std::transform(p.bias.begin(), p.bias.end(), bias_.begin(),
                   [](double b) { return static_cast<T>(b); });
    chunk_ = std::clamp(kChunkBytes / (p.in_channels * static_cast<Index>(sizeof(T))), kFewest,
                        kMost);
    if (stride_ == 1) return;
    const Index span = chunk() + stride_ + reach_;  // as much as one run takes in
    phase_extent_ = span / stride_ + 2 + kRowSlack;
    phases_ = Buffer<T>(p.in_channels * phase_extent_ * stride_ + kRowSlack);
  }

  Index phases() const noexcept override { return stride_; }
  Index chunk() const noexcept override { return chunk_ * slots_of(workers_); }
  Index memory_bytes() const noexcept override {
    return taps_.memory_bytes() + phases_.size() * static_cast<Index>(sizeof(T));
  }

  void run(const PaddedSlab<T>& window, const SlabOf<T>& out,
           const TileWork& work) noexcept override {
    if (stride_ > 1) set_apart(window, work.first, work.count);
    run_tasks(work.team, std::ssize(taps_.groups), [&](Index g, int slot) {
      series_group(window, out, taps_.groups[static_cast<std::size_t>(g)], work.first, work.count,
                   slot);
    });
  }

 private:
  void set_apart(const PaddedSlab<T>& window, Index first, Index count) noexcept {
    const Index s = stride_, needed = (count - 1) * s + reach_;
    const Index channels = phases_.size() / (phase_extent_ * s);
    for (Index c = 0; c < channels; ++c) {
      const T* from = window.at(c, first * s);
      T* to = phases_.data() + c * phase_extent_ * s;
      for (Index n = 0, at = 0; n < needed; n += s, ++at) {
        const Index phases_left = std::min(s, needed - n);
        for (Index phase = 0; phase < phases_left; ++phase) {
          to[phase * phase_extent_ + at] = from[n + phase];
        }
      }
    }
  }

  void series_group(const PaddedSlab<T>& window, const SlabOf<T>& out, const OutputGroup& group, Index first,
                    Index count, int slot) noexcept {
    RowPlane<T>* planes = scratch_.data() + slot * taps_.scratch_planes();
    const Index used = group.planes;
    for (Index i = 0; i < used; ++i) {
      const TapPlane& t = taps_.planes[static_cast<std::size_t>(group.first_plane + i)];
      const T* samples =
          stride_ == 1 ? window.at(t.in, first)
                       : phases_.data() + (t.in * stride_ + t.phase) * phase_extent_;
      planes[i] = {samples + t.offset, taps_.weights.data() + t.weight, t.taps};
    }
    RowBlock<T> block;
    block.planes = planes;
    block.plane_count = used;
    block.rows = 1;
    block.dilation = taps_.step;
    block.out = out.channel(group.first_out);
    block.out_stride = out.channel_stride;
    block.outputs = group.outs;
    block.count = count;
    block.bias = bias_.data() + group.first_out;
    block.sharing = group.outs > 1 ? Sharing::signal : Sharing::kernel;
    if (group.outs == 1 && used == 1) {
      accumulate_line(planes[0], taps_.step, block.out, count, bias_[group.first_out], Start::bias);
    } else {
      accumulate_rows(block);
    }
  }

  Index stride_, reach_;
  Workers* workers_;
  DirectTaps<T> taps_;
  Buffer<T> bias_;
  std::vector<RowPlane<T>> scratch_;  // for each slot
  Index chunk_ = 1, phase_extent_ = 0;
  Buffer<T> phases_;  // of every channel
};

}  // namespace

template <class T>
std::unique_ptr<TileSolver<T>> make_direct_series(const Problem& problem, Workers* workers) {
  return std::make_unique<DirectSeries<T>>(problem, workers);
}

template std::unique_ptr<TileSolver<float>> make_direct_series(const Problem&, Workers*);
template std::unique_ptr<TileSolver<double>> make_direct_series(const Problem&, Workers*);

}  // namespace faltung
