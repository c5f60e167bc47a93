// Convolves whole arrays in memory, [item, channel, axis…]: one problem, planned once, run for
// every item.
//
// Reads and writes the caller's memory; what it holds itself, from its first run on, are a few slabs
// for each thread, whatever the array's size. Results do not depend on the number of threads, nor on
// how many items there are.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/convolve/planner.h"
#include "engine/nd/view.h"

namespace faltung {

// How much freedom the planner has.
struct ArraySetting {
  const Costs* costs = nullptr;  // none: Costs{}; must outlive the constructor's call
  Workers* workers = nullptr;    // none: the caller's thread alone; must outlive the object
  std::string method = "auto";   // or a solver's name
  Index slab = 0;  // most positions that a user of chosen().prepare() gives at once; 0: the whole axis
};

// What was prepared and is in no run: its memory is there. For any number of threads.
template <class Prepared>
class Idle {
 public:
  template <class Make>
  std::unique_ptr<Prepared> borrow(Make&& make) {
    {
      const std::scoped_lock lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<Prepared> result = std::move(idle_.back());
        idle_.pop_back();
        return result;
      }
    }
    return make();
  }
  void give_back(std::unique_ptr<Prepared> prepared) {
    const std::scoped_lock lock(mutex_);
    idle_.push_back(std::move(prepared));
  }
  Index memory_bytes() const {
    const std::scoped_lock lock(mutex_);
    Index bytes = 0;
    for (const auto& one : idle_) bytes += one->memory_bytes();
    return bytes;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Prepared>> idle_;
};

class ArrayConvolution {
 public:
  // `problem` states extents; the planner's choice is made here. Throws Error{configuration}:
  // what `check` refuses, a stream without an end, a method that cannot do it.
  ArrayConvolution(Problem problem, Index items, const ArraySetting& setting);
  // Candidates refer to the problem.
  ArrayConvolution(const ArrayConvolution&) = delete;
  ArrayConvolution& operator=(const ArrayConvolution&) = delete;

  const Plan& plan() const noexcept { return plan_; }
  const Candidate& chosen() const noexcept { return plan_.candidates[plan_.chosen]; }
  Shape input_shape() const;   // [item, channel, axis…]
  Shape output_shape() const;  // [item, out channel, axis…]

  // T is float, double, std::uint8_t, std::uint16_t or std::int16_t, whatever the problem's
  // arithmetic; integers are rounded to nearest, ties to even, and saturated. Items and channels may
  // lie anywhere; within a channel samples are row-major without gaps. `out` is written whole and
  // must not overlap `in`. Several threads may run at once; what one prepared is kept for the next
  // run. Throws Error{configuration} for other shapes or layouts, before `out` is touched.
  template <class T>
  void run(const View<const T>& in, const View<T>& out) const;

  Workers* among_items() const noexcept { return among_items_; }  // one item each; null: none
  Index memory_bytes() const;  // kept from run to run

 private:
  template <class T>
  void run_whole(const View<const T>& in, const View<T>& out) const;
  template <class T>
  void run_streams(const View<const T>& in, const View<T>& out) const;
  template <class T>
  void run_converted(const View<const T>& in, const View<T>& out) const;

  Problem problem_;
  Index items_;
  Workers* among_items_ = nullptr;  // one item each; else all of them share an item
  Plan plan_;
  mutable Idle<Whole> wholes_;
  mutable Idle<Streaming> streams_;
};

}  // namespace faltung
