// A queue from one thread to one other that neither of them ever waits for.
//
// The only door between the audio thread and the rest: prepared things go in, used ones and news
// come out. Wraps Boost.Lockfree's single-producer, single-consumer ring.
#pragma once

#include <cstddef>
#include <type_traits>

#include <boost/lockfree/spsc_queue.hpp>

namespace faltung {

// `put` belongs to one thread, `take` to one other. Allocates when made, never again.
template <class T>
class Handover {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit Handover(std::size_t capacity) : queue_(capacity) {}

  bool put(const T& value) noexcept { return queue_.push(value); }  // false: full
  bool take(T* value) noexcept { return queue_.pop(*value); }       // false: empty

 private:
  boost::lockfree::spsc_queue<T> queue_;
};

}  // namespace faltung
