// A level of a partition schedule that another thread computes, against a deadline.
//
// The audio thread copies its input in, posts every complete block, and reads what is there: it
// never waits. A block whose output is not there when it is first needed is late: the level adds
// nothing for the whole of it, and it is counted. A thread that falls three blocks behind misses
// input, and starts again from silence.
#pragma once

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include "engine/convolve/partition_level.h"

namespace faltung {

template <class T>
class TailLevel {
 public:
  TailLevel(const Problem& problem, const LevelPlan& plan, const Costs& costs);

  // --- the audio thread's ---
  InputRing<T>* ring_for(Index position) noexcept;  // where this position goes; null: nowhere
  void end_of_chunk(Index end) noexcept;            // positions before `end` are in the ring
  bool has_output(Index position) noexcept;         // asked for every chunk, before output
  const T* output(Index o, Index position) const noexcept { return level_.output(o, position); }
  Index late() const noexcept { return late_; }
  void forget_late() noexcept { late_ = 0; }
  Index samples() const noexcept { return level_.samples() + ring_.samples(); }

  // --- the other thread's ---
  bool work() noexcept;  // the next posted block; false: there is none

  // Any thread: nothing is posted that is not done.
  bool is_idle() const noexcept {
    return done_.load(std::memory_order_acquire) == posted_.load(std::memory_order_acquire);
  }

  // While no other thread works.
  void reset() noexcept;

 private:
  static constexpr Index kSlots = 4;  // blocks in the ring: two in use, one posted, one arriving

  bool is_there(Index block) const noexcept {
    return block < 0 || there_[static_cast<std::size_t>(block % kSlots)].load(
                            std::memory_order_acquire) == block;
  }

  LevelPlan plan_;
  InputRing<T> ring_;
  PartitionLevel<T> level_;
  std::array<std::atomic<Index>, kSlots> there_;  // which block a slot of the ring holds
  std::vector<std::atomic<Index>> computed_;      // which block a slot of the output holds
  std::atomic<Index> posted_{-1}, done_{-1};
  Index wanted_ = -1, late_ = 0;  // the audio thread's
  bool writing_ = true, heard_ = false;
};

// Runs levels, the most urgent (they come first) before the others. Real-time priority where that
// is permitted. Looks for work by itself: waking it would be a system call of the audio thread.
template <class T>
class TailThread {
 public:
  explicit TailThread(std::vector<TailLevel<T>*> levels);
  ~TailThread();

 private:
  void run() noexcept;

  std::vector<TailLevel<T>*> levels_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace faltung
