// The frequency-domain delay line of one level, and the kernels' partitions in the same form.
#include "engine/convolve/delay_line.h"

namespace faltung {
namespace {

// Taps of the flipped kernel along the stream axis that are not all zero: [first, second).
std::pair<Index, Index> reach(const Problem& p, Index kernel) {
  const Index inner = p.kernel_size() / p.taps(0);
  Index first = p.dilated(0), last = 0;
  for (Index k = 0; k < p.taps(0); ++k) {
    const double* taps = p.kernel(kernel) + k * inner;
    if (std::all_of(taps, taps + inner, [](double w) { return w == 0; })) continue;
    const Index flipped = p.dilated(0) - 1 - k * p.dilation[0];
    first = std::min(first, flipped);
    last = std::max(last, flipped + 1);
  }
  return {first, last};
}

}  // namespace

template <class T>
PartitionBank<T>::PartitionBank(const Problem& p, Index offset, Index partition, Index count,
                                const RealTransform<T>& transform) {
  const Index samples = whole_chunks<T>(transform.spectrum_samples());
  Index all = 0;
  for (Index k = 0; k < p.kernel_count(); ++k) {
    const auto [from, to] = reach(p, k);
    Partitions mine;
    mine.first = std::clamp((from - offset) / partition, Index{0}, count);
    mine.last = std::clamp((to - offset + partition - 1) / partition, mine.first, count);
    all = checked_product({1, all + (mine.last - mine.first) * samples});
    kernels_.push_back(mine);
  }
  memory_ = Buffer<T>(all);
  Buffer<T> spectrum(samples);
  T* to = memory_.data();
  for (Index k = 0; k < p.kernel_count(); ++k) {
    Partitions& mine = kernels_[static_cast<std::size_t>(k)];
    mine.data = to;
    for (Index q = mine.first; q < mine.last; ++q) {
      kernel_spectrum(p, k, offset + q * partition, partition, transform, spectrum.data());
      for (Index chunk = 0; chunk * kSpectrumChunk<T> < samples; ++chunk) {
        std::copy_n(spectrum.data() + chunk * kSpectrumChunk<T>, kSpectrumChunk<T>,
                    to + chunk * mine.step() + (q - mine.first) * kSpectrumChunk<T>);
      }
    }
    to += (mine.last - mine.first) * samples;
  }
}

template class PartitionBank<float>;
template class PartitionBank<double>;

}  // namespace faltung
