// Hands values from one thread to another where only the latest matters: a triple buffer.
#pragma once

#include <array>
#include <atomic>

namespace faltung {

// `draft` and `publish` belong to one thread, or to several that exclude each other; `take` to one
// other. Neither waits, nothing is allocated.
template <class T>
class Latest {
 public:
  T& draft() noexcept { return slots_[draft_]; }  // what was in it is of no matter
  void publish() noexcept { draft_ = middle_.exchange(draft_ | kFresh) & ~kFresh; }

  // Null: nothing was published since. Valid until the next call.
  const T* take() noexcept {
    if (!(middle_.load() & kFresh)) return nullptr;
    taken_ = middle_.exchange(taken_) & ~kFresh;
    return &slots_[taken_];
  }

 private:
  static constexpr unsigned kFresh = 4;
  std::array<T, 3> slots_{};
  std::atomic<unsigned> middle_{1};
  unsigned draft_ = 0, taken_ = 2;
};

}  // namespace faltung
