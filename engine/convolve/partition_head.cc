// The head of a partition schedule: the taps whose output is wanted at once.
#include "engine/convolve/partition_head.h"

#include "engine/convolve/delay_line.h"
#include "engine/convolve/line.h"
#include "engine/fft/sliced_transform.h"

namespace faltung {
namespace {

template <class T>
class DirectHead final : public PartitionHead<T> {
 public:
  DirectHead(const Problem& p, Index taps, const InputRing<T>& ring)
      : ring_(ring), taps_(taps), paths_(p.paths), outputs_(p.out_channels) {
    weights_ = Buffer<T>(checked_product({p.kernel_count(), taps}));
    for (Index k = 0; k < p.kernel_count(); ++k) {
      // The correlation's last taps are the response's first.
      for (Index m = 0; m < p.taps(0); ++m) {
        const Index at = taps - p.dilated(0) + m * p.dilation[0];
        if (at >= 0) weights_[k * taps + at] = static_cast<T>(p.kernel(k)[m]);
      }
    }
  }

  void process(Index position, Index count, T* out, Index stride) noexcept override {
    std::size_t path = 0;
    for (Index o = 0; o < outputs_; ++o) {
      T* to = out + o * stride;
      Start start = Start::bias;
      for (; path < paths_.size() && paths_[path].out == o; ++path) {
        const RowPlane<T> plane{ring_.at(paths_[path].in, position) - (taps_ - 1),
                                weights_.data() + paths_[path].kernel * taps_, taps_};
        accumulate_line(plane, 1, to, count, T(0), start);
        start = Start::accumulate;
      }
      if (start == Start::bias) std::fill_n(to, count, T(0));
    }
  }

  void reset() noexcept override {}
  Index samples() const noexcept override { return weights_.size(); }

 private:
  const InputRing<T>& ring_;
  Index taps_;
  std::vector<Path> paths_;
  Index outputs_;
  Buffer<T> weights_;
};

template <class T>
class TransformedHead final : public PartitionHead<T> {
 public:
  TransformedHead(const Problem& p, const LevelPlan& plan, const InputRing<T>& ring)
      : ring_(ring),
        partition_(plan.partition),
        count_(plan.count),
        transform_(make_sliced_transform<T>(2 * plan.partition)),
        inputs_(p.in_channels),
        outputs_(p.out_channels),
        paths_(p.paths),
        bank_(p, 0, plan.partition, plan.count, *transform_),
        size_(transform_->spectrum_samples()),
        line_(p.in_channels, plan.count, size_),
        newest_(checked_product({p.in_channels, size_})),
        older_(checked_product({p.out_channels, size_})),
        sum_(size_),
        result_(plan.partition),
        part_(plan.partition) {
    first_path_.assign(static_cast<std::size_t>(outputs_) + 1, 0);
    for (const Path& path : paths_) ++first_path_[static_cast<std::size_t>(path.out) + 1];
    std::size_t most = 0;
    for (std::size_t o = 1; o < first_path_.size(); ++o) {
      most = std::max(most, first_path_[o]);
      first_path_[o] += first_path_[o - 1];
    }
    runs_.resize(2 * most);
  }

  void process(Index position, Index count, T* out, Index stride) noexcept override {
    const Index block = position / partition_, filled = position % partition_ + count;
    for (Index i = 0; i < inputs_; ++i) transform(i, block, filled);
    for (Index o = 0; o < outputs_; ++o) {
      // What is known of a full block's sum is not needed again.
      T* sum = older_.data() + o * size_;
      if (filled < partition_) sum = std::copy_n(sum, size_, sum_.data()) - size_;
      multiply_newest(o, sum);
      for (Index s = 0; s < transform_->steps(); ++s) {
        transform_->inverse_step(s, sum, result_.data());
      }
      std::copy_n(result_.data() + filled - count, count, out + o * stride);
    }
    if (filled == partition_) keep(block);
  }

  void reset() noexcept override {
    line_.clear();
    older_.clear();
  }
  Index samples() const noexcept override {
    return bank_.samples() + line_.samples() + newest_.size() + older_.size();
  }

 private:
  Index chunks() const noexcept { return size_ / kSpectrumChunk<T>; }

  // The spectrum of the block before this one and of the first `filled` positions of this one.
  void transform(Index input, Index block, Index filled) noexcept {
    const T* newer = ring_.at(input, block * partition_);
    if (filled < partition_) {
      std::copy_n(newer, filled, part_.data());
      std::fill(part_.data() + filled, part_.end(), T(0));
      newer = part_.data();
    }
    const T* older = ring_.at(input, (block - 1) * partition_);
    for (Index s = 0; s < transform_->steps(); ++s) {
      transform_->forward_step(s, older, newer, newest_.data() + input * size_);
    }
  }

  void multiply_newest(Index o, T* sum) noexcept {
    Index count = 0;
    for (std::size_t i = first_path_[static_cast<std::size_t>(o)];
         i < first_path_[static_cast<std::size_t>(o) + 1]; ++i) {
      const auto& partitions = bank_[paths_[i].kernel];
      if (partitions.first > 0 || partitions.last == 0) continue;
      runs_[static_cast<std::size_t>(count++)] = {newest_.data() + paths_[i].in * size_,
                                                  partitions.at(0), 1, kSpectrumChunk<T>,
                                                  bank_.step()};
    }
    accumulate_spectra(sum, runs_.data(), count, size_, SumStart::accumulate);
  }

  // The block is full: into the delay line, and what is known of the next block's sums.
  void keep(Index block) noexcept {
    for (Index i = 0; i < inputs_; ++i) {
      line_.deposit(i, block, newest_.data() + i * size_, 0, chunks());
    }
    for (Index o = 0; o < outputs_; ++o) {
      Index count = 0;
      for (std::size_t i = first_path_[static_cast<std::size_t>(o)];
           i < first_path_[static_cast<std::size_t>(o) + 1]; ++i) {
        const auto& partitions = bank_[paths_[i].kernel];
        const Index first = std::max<Index>(1, partitions.first);
        if (first >= partitions.last) continue;
        count += line_.runs(paths_[i].in, block + 1, first, partitions.last, partitions.at(first),
                            bank_.step(), 0, runs_.data() + count);
      }
      accumulate_spectra(older_.data() + o * size_, runs_.data(), count, size_, SumStart::zero);
    }
  }

  const InputRing<T>& ring_;
  Index partition_, count_;
  std::shared_ptr<const SlicedTransform<T>> transform_;
  Index inputs_, outputs_;
  std::vector<Path> paths_;
  std::vector<std::size_t> first_path_;  // of every output
  PartitionBank<T> bank_;
  Index size_;
  DelayLine<T> line_;
  Buffer<T> newest_, older_, sum_, result_, part_;
  std::vector<SpectrumRun<T>> runs_;
};

}  // namespace

template <class T>
std::unique_ptr<PartitionHead<T>> make_head(const Problem& problem, const Schedule& schedule,
                                            const InputRing<T>& ring) {
  if (schedule.direct_taps > 0) {
    return std::make_unique<DirectHead<T>>(problem, schedule.direct_taps, ring);
  }
  return std::make_unique<TransformedHead<T>>(problem, schedule.levels.at(0), ring);
}

template std::unique_ptr<PartitionHead<float>> make_head(const Problem&, const Schedule&,
                                                         const InputRing<float>&);
template std::unique_ptr<PartitionHead<double>> make_head(const Problem&, const Schedule&,
                                                          const InputRing<double>&);

}  // namespace faltung
