// The frequency-domain delay line of one level: the spectra of the last `slots` blocks of every
// input, and the kernels' partitions, both in the order in which they are multiplied: chunk by chunk
// (engine/simd/accumulate_spectra.h), within a chunk input by input or kernel by kernel, within
// these block by block or partition by partition. A large matrix is read from memory, and only what
// lies in a row comes fast.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/convolve/spectra.h"
#include "engine/simd/accumulate_spectra.h"

namespace faltung {

// Spectra in whole chunks: their memory is that long, zeros at the end.
template <class T>
constexpr Index whole_chunks(Index samples) noexcept {
  return (samples + kSpectrumChunk<T> - 1) / kSpectrumChunk<T> * kSpectrumChunk<T>;
}

template <class T>
class DelayLine {
 public:
  DelayLine() = default;
  // `samples`: numbers of a spectrum, in whole chunks.
  DelayLine(Index inputs, Index slots, Index samples)
      : slots_(slots),
        step_(inputs * slots * kSpectrumChunk<T>),
        memory_(checked_product({inputs, slots, samples})) {}

  // Chunks [first, first + count) of the spectrum of input `input` in block number `block`.
  void deposit(Index input, Index block, const T* spectrum, Index first, Index count) noexcept {
    T* to = memory_.data() + (input * slots_ + slot_of(block)) * kSpectrumChunk<T>;
    for (Index chunk = first; chunk < first + count; ++chunk) {
      std::copy_n(spectrum + chunk * kSpectrumChunk<T>, kSpectrumChunk<T>, to + chunk * step_);
    }
  }

  // The products of partitions [first, last) with what they meet in block `block`, from chunk
  // `chunk` on; `kernel` is partition `first`. Writes at most two runs; returns how many.
  Index runs(Index input, Index block, Index first, Index last, const T* kernel, Index kernel_step,
             Index chunk, SpectrumRun<T>* to) const noexcept {
    Index written = 0;
    const Index newest = slot_of(block);
    const T* line = memory_.data() + input * slots_ * kSpectrumChunk<T> + chunk * step_;
    for (Index q = first; q < last;) {
      const Index slot = newest + q < slots_ ? newest + q : newest + q - slots_;
      const Index count = std::min(last - q, slots_ - slot);
      to[written++] = {line + slot * kSpectrumChunk<T>,
                       kernel + chunk * kernel_step + (q - first) * kSpectrumChunk<T>, count,
                       step_, kernel_step};
      q += count;
    }
    return written;
  }

  void clear() noexcept { memory_.clear(); }
  Index samples() const noexcept { return memory_.size(); }

 private:
  // Older blocks lie at higher addresses, as later partitions do.
  Index slot_of(Index block) const noexcept { return (slots_ - block % slots_) % slots_; }

  Index slots_ = 1;
  Index step_ = 0;  // numbers from one chunk to the next
  Buffer<T> memory_;
};

// The spectra of a level's partitions of every kernel. Partitions of zeros at either end of a
// kernel (a delay, a shorter response) take no memory.
template <class T>
class PartitionBank {
 public:
  struct Partitions {
    Index first = 0, last = 0;  // [first, last) are there
    const T* data = nullptr;    // chunk 0 of partition `first`
    const T* at(Index q) const noexcept { return data + (q - first) * kSpectrumChunk<T>; }
  };

  PartitionBank() = default;
  PartitionBank(const Problem& problem, Index offset, Index partition, Index count,
                const RealTransform<T>& transform);

  const Partitions& operator[](Index kernel) const noexcept {
    return kernels_[static_cast<std::size_t>(kernel)];
  }
  Index step() const noexcept { return step_; }  // numbers from one chunk to the next
  Index samples() const noexcept { return memory_.size(); }

 private:
  Index step_ = 0;
  std::vector<Partitions> kernels_;
  Buffer<T> memory_;
};

}  // namespace faltung
