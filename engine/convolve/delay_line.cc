// The frequency-domain delay line of one level, and the kernels' partitions in the same form.
#include "engine/convolve/delay_line.h"

namespace faltung {
namespace {

// Taps of the flipped kernel along the stream axis that are not all zero: [first, second).
std::pair<Index, Index> reach(const Problem& p, Index kernel) {
  const Index inner = p.kernel_size() / p.taps(0);
  const double* taps = p.kernel(kernel);
  const double* end = taps + p.kernel_size();
  const auto sounds = [](double w) { return w != 0; };
  const double* begin = std::find_if(taps, end, sounds);
  if (begin == end) return {p.dilated(0), 0};
  while (!sounds(end[-1])) --end;
  const Index first = (begin - taps) / inner, last = (end - 1 - taps) / inner;
  return {p.dilated(0) - 1 - last * p.dilation[0], p.dilated(0) - first * p.dilation[0]};
}

}  // namespace

template <class T>
PartitionBank<T>::PartitionBank(const Problem& p, Index offset, Index partition, Index count,
                                const RealTransform<T>& transform) {
  const Index samples = whole_chunks<T>(transform.spectrum_samples());
  Index all = 0;  // partitions of all kernels
  for (Index k = 0; k < p.kernel_count(); ++k) {
    const auto [from, to] = reach(p, k);
    Partitions mine;
    mine.first = std::clamp((from - offset) / partition, Index{0}, count);
    mine.last = std::clamp((to - offset + partition - 1) / partition, mine.first, count);
    all += mine.last - mine.first;
    kernels_.push_back(mine);
  }
  step_ = checked_product({all, kSpectrumChunk<T>});
  memory_ = Buffer<T>(checked_product({all, samples}));
  Buffer<T> spectrum(samples);
  T* to = memory_.data();
  for (Index k = 0; k < p.kernel_count(); ++k) {
    Partitions& mine = kernels_[static_cast<std::size_t>(k)];
    mine.data = to;
    for (Index q = mine.first; q < mine.last; ++q, to += kSpectrumChunk<T>) {
      kernel_spectrum(p, k, offset + q * partition, partition, transform, spectrum.data());
      for (Index chunk = 0; chunk * kSpectrumChunk<T> < samples; ++chunk) {
        std::copy_n(spectrum.data() + chunk * kSpectrumChunk<T>, kSpectrumChunk<T>,
                    to + chunk * step_);
      }
    }
  }
}

template class PartitionBank<float>;
template class PartitionBank<double>;

}  // namespace faltung
