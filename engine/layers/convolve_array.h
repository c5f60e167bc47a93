// Convolves whole arrays in memory, [item, channel, axis…]: one problem, planned once, run for
// every item.
//
// Reads and writes the caller's memory; what it holds itself are a few slabs, whatever the array's
// size. Results do not depend on the number of threads, nor on how many items there are.
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

  // T is float or double, whatever the problem's arithmetic. Items and channels may lie anywhere;
  // within a channel samples are row-major without gaps. `out` is written whole and must not
  // overlap `in`. Several threads may run at once; what one prepared is kept for the next run.
  // Throws Error{configuration} for other shapes or layouts, before `out` is touched.
  template <class T>
  void run(const View<const T>& in, const View<T>& out) const;

 private:
  std::unique_ptr<Streaming> prepared() const;
  void keep(std::unique_ptr<Streaming> streaming) const;

  Problem problem_;
  Index items_;
  Workers* among_items_ = nullptr;  // one item each; else all of them share an item
  Plan plan_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Streaming>> idle_;  // prepared and not running
};

}  // namespace faltung
