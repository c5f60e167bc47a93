// One level of a partition schedule: its work cut into small steps, done evenly over the block.
//
// When a block of `partition` positions is complete, every input is transformed, multiplied and
// summed into every output and transformed back; the products with older blocks follow, for the
// next block. Each step has a position at which it is due; whoever owns the level calls advance as
// positions pass. The output of a block may be read once advance has passed the plan's deadline.
#pragma once

#include <memory>
#include <vector>

#include "engine/convolve/delay_line.h"
#include "engine/convolve/input_ring.h"
#include "engine/convolve/schedule.h"
#include "engine/fft/sliced_transform.h"

namespace faltung {

template <class T>
class PartitionLevel {
 public:
  // `problem` is read here only; `ring` must outlive the level. Allocates, may throw.
  PartitionLevel(const Problem& problem, const LevelPlan& plan, const Costs& costs,
                 const InputRing<T>& ring);

  Index output_slots() const noexcept { return slots_; }  // block b's output is in slot b % slots

  // Block number `block` (from 0) of every input is in the ring; the work on the one before ends.
  void begin(Index block) noexcept;

  // Everything that is due `progress` positions after the block's end.
  void advance(Index progress) noexcept {
    while (next_ < steps_.size() && steps_[next_].due <= progress) run(steps_[next_++]);
  }

  // What this level adds to output `o` from `position` on, up to the block's end; null: nothing.
  const T* output(Index o, Index position) const noexcept {
    const Index at = position - plan_.offset;
    const Index row = row_of_[static_cast<std::size_t>(o)];
    if (row < 0 || at < 0) return nullptr;
    const Index slot = at / plan_.partition % slots_;
    return out_.data() + (row * slots_ + slot) * plan_.partition + at % plan_.partition;
  }

  void reset() noexcept;
  // As reset, but what has been put out stays: somebody may be reading it.
  void forget() noexcept;
  Index samples() const noexcept {
    return bank_.samples() + line_.samples() + sums_.size() + out_.size();
  }

 private:
  struct Step {
    enum class Kind { forward, deposit, newest, inverse, older };
    Kind kind;
    Index channel;       // of the inputs in use, or of the outputs in use
    Index first, count;  // steps of a transform, or chunks of spectra
    double seconds;      // predicted
    Index due = 0;       // positions after the block's end
  };
  struct Route {
    Index input;  // of the inputs in use
    Index kernel;
  };

  void connect(const Problem& problem);
  void list_steps(const Problem& problem, const Costs& costs);
  void list_transforms(Step::Kind kind, Index channels, double seconds, double grain);
  void list_products(Step::Kind kind, double seconds_per_term_and_chunk);
  void set_due();
  void run(const Step& step) noexcept;
  void multiply(Index output, Index block, Index first, Index last, const Step& step,
                SumStart start) noexcept;

  LevelPlan plan_;
  const InputRing<T>& ring_;
  std::shared_ptr<const SlicedTransform<T>> transform_;
  std::vector<Index> inputs_;  // in use, as the problem numbers them
  std::vector<Index> row_of_;  // for each output of the problem: which of those in use, or −1
  std::vector<std::vector<Route>> routes_;  // into each output in use
  PartitionBank<T> bank_;
  DelayLine<T> line_;
  Buffer<T> spectrum_, sums_, out_;
  Index slots_ = 1;  // blocks of output that are kept
  Index chunks_ = 0;
  std::vector<Step> steps_;
  std::vector<SpectrumRun<T>> runs_;
  std::size_t next_ = 0;
  Index block_ = -1;
};

}  // namespace faltung
