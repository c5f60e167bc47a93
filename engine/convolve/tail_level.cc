// A level of a partition schedule that another thread computes, against a deadline.
#include "engine/convolve/tail_level.h"

#include <pthread.h>
#include <sched.h>

#include <chrono>

#include "engine/simd/denormals.h"

namespace faltung {
namespace {

constexpr std::chrono::microseconds kPoll{500};  // small against the deadlines of large partitions
constexpr int kPriority = 10;                    // below an audio thread's

}  // namespace

template <class T>
TailLevel<T>::TailLevel(const Problem& p, const LevelPlan& plan, const Costs& costs)
    : plan_(plan),
      ring_(p.in_channels, kSlots * plan.partition, 0, 0),
      level_(p, plan, costs, ring_),
      computed_(static_cast<std::size_t>(level_.output_slots())) {
  reset();
}

template <class T>
InputRing<T>* TailLevel<T>::ring_for(Index position) noexcept {
  if (position % plan_.partition == 0) {
    // A block uses its own slot and the one before.
    const Index block = position / plan_.partition;
    writing_ = done_.load(std::memory_order_acquire) >= block - (kSlots - 1);
  }
  return writing_ ? &ring_ : nullptr;
}

template <class T>
void TailLevel<T>::end_of_chunk(Index end) noexcept {
  if (end % plan_.partition != 0) return;
  const Index block = end / plan_.partition - 1;
  if (writing_) {
    there_[static_cast<std::size_t>(block % kSlots)].store(block, std::memory_order_release);
  }
  posted_.store(block, std::memory_order_release);
}

// Decided once for every block, so that a late one does not begin in its middle.
template <class T>
bool TailLevel<T>::has_output(Index position) noexcept {
  if (position < plan_.offset) return false;
  const Index block = (position - plan_.offset) / plan_.partition;
  if (block == wanted_) return heard_;
  wanted_ = block;
  const std::size_t slot = static_cast<std::size_t>(block) % computed_.size();
  heard_ = computed_[slot].load(std::memory_order_acquire) == block;
  if (!heard_) ++late_;
  return heard_;
}

template <class T>
bool TailLevel<T>::work() noexcept {
  const Index block = done_.load(std::memory_order_relaxed) + 1;
  if (block > posted_.load(std::memory_order_acquire)) return false;
  if (!is_there(block)) {
    level_.forget();
  } else if (is_there(block - 1)) {
    level_.begin(block);
    level_.advance(plan_.deadline);
    const std::size_t slot = static_cast<std::size_t>(block) % computed_.size();
    computed_[slot].store(block, std::memory_order_release);
  }
  done_.store(block, std::memory_order_release);
  level_.advance(plan_.partition);
  return true;
}

template <class T>
void TailLevel<T>::reset() noexcept {
  ring_.clear();
  level_.reset();
  for (auto& slot : there_) slot.store(-1);
  for (auto& slot : computed_) slot.store(-1);
  posted_.store(-1);
  done_.store(-1);
  wanted_ = -1;
  late_ = 0;
  writing_ = true;
  heard_ = false;
}

template <class T>
TailThread<T>::TailThread(std::vector<TailLevel<T>*> levels)
    : levels_(std::move(levels)), thread_([this] { run(); }) {
  sched_param parameters{};
  parameters.sched_priority = kPriority;
  pthread_setschedparam(thread_.native_handle(), SCHED_FIFO, &parameters);  // or not, if forbidden
}

template <class T>
TailThread<T>::~TailThread() {
  stop_.store(true);
  thread_.join();
}

template <class T>
void TailThread<T>::run() noexcept {
  const FlushDenormals flush;
  while (!stop_.load()) {
    bool worked = false;
    for (TailLevel<T>* level : levels_) {
      worked = level->work();
      if (worked) break;
    }
    if (!worked) std::this_thread::sleep_for(kPoll);
  }
}

template class TailLevel<float>;
template class TailLevel<double>;
template class TailThread<float>;
template class TailThread<double>;

}  // namespace faltung
