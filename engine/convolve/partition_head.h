// The head of a partition schedule: the taps whose output is wanted at once.
//
// Either taps in the sample domain, or partitions as long as a call: then every call transforms
// what there is of the block, with zeros for what is still to come, and only a full block enters
// the delay line.
#pragma once

#include <memory>

#include "engine/convolve/input_ring.h"
#include "engine/convolve/problem.h"
#include "engine/convolve/schedule.h"

namespace faltung {

template <class T>
class PartitionHead {
 public:
  virtual ~PartitionHead() = default;

  // Outputs of positions [position, position + count) of every channel to `out`, whose channels lie
  // `stride` apart. The inputs are in the ring; the positions lie within one block of the
  // schedule's quantum.
  virtual void process(Index position, Index count, T* out, Index stride) noexcept = 0;
  virtual void reset() noexcept = 0;
  virtual Index samples() const noexcept = 0;  // of memory
};

// `problem` is read here only; `ring` must outlive the head.
template <class T>
std::unique_ptr<PartitionHead<T>> make_head(const Problem& problem, const Schedule& schedule,
                                            const InputRing<T>& ring);

}  // namespace faltung
