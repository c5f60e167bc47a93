// Partitioned overlap-save along the stream axis with a frequency-domain delay line.
#include "engine/convolve/partitioned.h"

#include <algorithm>

#include "engine/convolve/spectra.h"
#include "engine/fft/real_transform.h"
#include "engine/simd/accumulate_spectra.h"

namespace faltung {

std::string why_not_partitioned(const Problem& p) {
  if (p.rank() > 1) return "only for series";
  if (p.boundary != Boundary::zero) return "only for boundary zero";
  if (p.padding_of(0).before > p.dilated(0) - 1 || p.padding_of(0).after > p.dilated(0) - 1) {
    return "padding beyond the kernel";
  }
  if (p.stride[0] > 1) return "only for stride 1";
  return "";
}

namespace {

template <class T>
class Partitioned final : public Streaming {
 public:
  Partitioned(const Problem& p, Index partition, Workers* workers)
      : partition_(partition),
        transform_(make_transform<T>(
            Shape{good_extent(2 * partition, Family::power_of_two, true)})),
        in_channels_(p.in_channels),
        out_channels_(p.out_channels),
        paths_(p.paths),
        skip_(p.dilated(0) - 1 - p.padding_of(0).before),
        tail_(p.padding_of(0).before + p.padding_of(0).after - p.dilated(0) + 1),
        max_slab_(p.max_slab),
        workers_(workers) {
    const Index taps = p.dilated(0);
    partitions_ = (taps + partition - 1) / partition;
    size_ = transform_->spectrum_samples();
    bias_ = Buffer<T>(out_channels_);
    for (std::size_t o = 0; o < p.bias.size(); ++o) {
      bias_[static_cast<Index>(o)] = static_cast<T>(p.bias[o]);
    }
    kernels_ = Buffer<T>(checked_product({p.kernel_count(), partitions_, size_}));
    for (Index k = 0; k < p.kernel_count(); ++k) {
      for (Index q = 0; q < partitions_; ++q) {
        kernel_spectrum(p, k, q * partition, partition, *transform_,
                        kernels_.data() + (k * partitions_ + q) * size_);
      }
    }
    input_ = Buffer<T>(in_channels_ * transform_->samples());
    delay_line_ = Buffer<T>(checked_product({in_channels_, partitions_, size_}));
    first_path_.assign(static_cast<std::size_t>(out_channels_) + 1, 0);
    for (const Path& path : paths_) ++first_path_[static_cast<std::size_t>(path.out) + 1];
    std::size_t most = 1;
    for (std::size_t o = 1; o < first_path_.size(); ++o) {
      most = std::max(most, first_path_[o]);
      first_path_[o] += first_path_[o - 1];
    }
    for (int slot = 0; slot < slots_of(workers); ++slot) {
      scratch_.push_back({Buffer<T>(transform_->samples()), Buffer<T>(size_),
                          Buffer<T>(transform_->work_samples()),
                          std::vector<SpectrumRun<T>>(most *
                                                       static_cast<std::size_t>(partitions_))});
    }
    reset();
  }

  Index process(const Slab& in, const Slab& out) noexcept override {
    Index taken = 0, given = 0;
    while (taken < in.extent) {
      const Index count = std::min(in.extent - taken, partition_ - filled_);
      take(in.part(taken, count));
      taken += count;
      if (filled_ == partition_) given += block(out.part(given, out.extent - given), partition_);
    }
    received_ += in.extent;
    return given;
  }

  Index finish(const Slab& out) noexcept override {
    const Index left = std::max(received_ + tail_, Index{0}) - given_;
    if (left <= 0) return 0;
    // Silence until the block is full; the loop ends, since every block shortens what is left.
    Index given = 0;
    while (given == 0) {
      for (Index c = 0; c < in_channels_; ++c) {
        T* x = input_of(c) + transform_->samples() - partition_;
        std::fill(x + filled_, x + partition_, T(0));
      }
      filled_ = partition_;
      given = block(out, left);
    }
    return given;
  }

  void reset() noexcept override {
    input_.clear();
    delay_line_.clear();
    filled_ = received_ = given_ = computed_ = 0;
    newest_ = 0;
  }

  Index max_output() const noexcept override { return max_slab_ + partition_ - 1; }
  Index held_back() const noexcept override { return partition_ - 1; }
  Index memory_bytes() const noexcept override {
    return (kernels_.size() + delay_line_.size() + input_.size()) *
           static_cast<Index>(sizeof(T));
  }

 private:
  struct Scratch {
    Buffer<T> samples, sum, work;
    std::vector<SpectrumRun<T>> terms;
  };

  T* input_of(Index c) noexcept { return input_.data() + c * transform_->samples(); }
  T* delayed(Index c, Index age) noexcept {
    const Index slot = (newest_ + age) % partitions_;
    return delay_line_.data() + (c * partitions_ + slot) * size_;
  }

  void take(const Slab& in) noexcept {
    for (Index c = 0; c < in_channels_; ++c) {
      T* to = input_of(c) + transform_->samples() - partition_ + filled_;
      with_sample_type(in.type, [&]<class From>() {
        const From* from = in.as<const From>().channel(c);
        std::transform(from, from + in.extent, to, [](From x) { return static_cast<T>(x); });
      });
    }
    filled_ += in.extent;
  }

  // A full block of input: its outputs to the front of `out`, at most `limit`. Returns how many.
  Index block(const Slab& out, Index limit) noexcept {
    newest_ = (newest_ + partitions_ - 1) % partitions_;
    run_tasks(workers_, in_channels_, [&](Index c, int slot) {
      transform_->forward(input_of(c), delayed(c, 0),
                          scratch_[static_cast<std::size_t>(slot)].work.data());
    });
    // Outputs before skip_ lie before the padded signal begins.
    const Index drop = std::clamp(skip_ - computed_, Index{0}, partition_);
    const Index count = std::min(partition_ - drop, limit);
    run_tasks(workers_, out_channels_, [&](Index o, int slot) {
      output(o, drop, count, scratch_[static_cast<std::size_t>(slot)], out);
    });
    for (Index c = 0; c < in_channels_; ++c) {
      T* x = input_of(c);
      std::copy(x + partition_, x + transform_->samples(), x);
    }
    filled_ = 0;
    computed_ += partition_;
    given_ += count;
    return count;
  }

  void output(Index o, Index drop, Index count, Scratch& s, const Slab& out) noexcept {
    Index terms = 0;
    const std::size_t end = first_path_[static_cast<std::size_t>(o) + 1];
    for (std::size_t i = first_path_[static_cast<std::size_t>(o)]; i < end; ++i) {
      const T* kernel = kernels_.data() + paths_[i].kernel * partitions_ * size_;
      for (Index q = 0; q < partitions_; ++q) {
        s.terms[static_cast<std::size_t>(terms++)] = {delayed(paths_[i].in, q),
                                                      kernel + q * size_};
      }
    }
    accumulate_spectra(s.sum.data(), s.terms.data(), terms, size_, SumStart::zero);
    transform_->inverse(s.sum.data(), s.samples.data(), s.work.data());
    const T* from = s.samples.data() + transform_->samples() - partition_ + drop;
    const T bias = bias_[o];
    with_sample_type(out.type, [&]<class To>() {
      std::transform(from, from + count, out.as<To>().channel(o),
                     [bias](T x) { return static_cast<To>(x + bias); });
    });
  }

  Index partition_;
  std::shared_ptr<const RealTransform<T>> transform_;
  Index in_channels_, out_channels_;
  std::vector<Path> paths_;
  std::vector<std::size_t> first_path_;  // of every output channel
  Index skip_, tail_, max_slab_;
  Workers* workers_;
  Index partitions_ = 1, size_ = 0;
  Buffer<T> bias_, kernels_, input_, delay_line_;
  std::vector<Scratch> scratch_;
  Index filled_ = 0, received_ = 0, given_ = 0, computed_ = 0, newest_ = 0;
};

}  // namespace

template <class T>
std::unique_ptr<Streaming> make_partitioned(const Problem& problem, Index partition,
                                            Workers* workers) {
  return std::make_unique<Partitioned<T>>(problem, partition, workers);
}

template std::unique_ptr<Streaming> make_partitioned<float>(const Problem&, Index, Workers*);
template std::unique_ptr<Streaming> make_partitioned<double>(const Problem&, Index, Workers*);

}  // namespace faltung
