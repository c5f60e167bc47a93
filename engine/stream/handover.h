// A queue from one thread to one other that neither of them ever waits for.
//
// The only door between the audio thread and the rest: prepared things go in, used ones and news
// come out. Wraps Boost.Lockfree's single-producer, single-consumer ring.
#pragma once

#include <boost/lockfree/spsc_queue.hpp>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace faltung {

// `put` belongs to one thread, `take` to one other. Allocates when made, never again.
template <class T>
class Handover {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit Handover(std::size_t capacity) : queue_(capacity) {}

  bool put(const T& value) noexcept { return queue_.push(value); }  // false: full
  bool take(T* value) noexcept { return queue_.pop(*value); }       // false: empty

  // As many of `count` as there is room for, or as there are; in order.
  std::size_t put(const T* values, std::size_t count) noexcept {
    return queue_.push(values, count);
  }
  std::size_t take(T* values, std::size_t count) noexcept { return queue_.pop(values, count); }
  template <class See>
  std::size_t take_all(See&& see) noexcept {
    return queue_.consume_all(see);
  }

  // The side that asks knows its own half: `put` that many more, or `take` so many, will succeed.
  std::size_t room() const noexcept { return queue_.write_available(); }  // for the one who puts
  std::size_t filled() const noexcept {
    return queue_.read_available();
  }  // for either: at most,
     // at least for the taker

 private:
  boost::lockfree::spsc_queue<T> queue_;
};

// The same for messages of any length, which arrive whole and in order.
class MessageHandover {
 public:
  // The memory is touched now: later that would be a page fault.
  explicit MessageHandover(std::size_t bytes) : bytes_(bytes), queue_(bytes) {
    while (queue_.push('\0')) {
    }
    queue_.reset();
  }

  // Room that any message fits into.
  std::size_t most() const noexcept { return bytes_; }

  // false: no room; nothing was put.
  bool put(const void* message, std::uint32_t size) noexcept {
    if (queue_.write_available() < sizeof size + size) return false;
    queue_.push(reinterpret_cast<const char*>(&size), sizeof size);
    queue_.push(static_cast<const char*>(message), size);
    return true;
  }

  // Into `room`, of at least most() bytes. false: no whole message is there.
  bool take(void* room, std::uint32_t* size) noexcept {
    if (!begun_) {
      if (queue_.read_available() < sizeof size_) return false;
      queue_.pop(reinterpret_cast<char*>(&size_), sizeof size_);
      begun_ = true;
    }
    if (queue_.read_available() < size_) return false;
    queue_.pop(static_cast<char*>(room), size_);
    *size = size_;
    begun_ = false;
    return true;
  }

 private:
  std::size_t bytes_;
  boost::lockfree::spsc_queue<char> queue_;
  std::uint32_t size_ = 0;  // the taker's: of the message that has begun to arrive
  bool begun_ = false;
};

}  // namespace faltung
