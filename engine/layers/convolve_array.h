// Convolves whole arrays in memory, [item, channel, axis…]: one problem, planned once, run for
// every item.
//
// Reads and writes the caller's memory; what it holds itself are a few slabs, whatever the array's
// size. Results do not depend on the number of threads, nor on how many items there are.
#pragma once

#include <string>

#include "engine/convolve/planner.h"
#include "engine/nd/view.h"

namespace faltung {

// How much freedom the planner has.
struct ArraySetting {
  const Costs* costs = nullptr;  // none: Costs{}; must outlive the constructor's call
  Workers* workers = nullptr;    // none: the caller's thread alone; must outlive the object
  std::string method = "auto";   // or a solver's name
  Index slab = 0;                // most positions that somebody gives at once; 0: the whole axis
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
  // overlap `in`. Throws Error{configuration} for other shapes or layouts, before `out` is touched.
  // One call at a time: what the plan prepares is kept for the next one.
  template <class T>
  void run(const View<const T>& in, const View<T>& out);

  Workers* among_items() const noexcept { return among_items_; }  // one item each; null: none
  // The plan prepared for one item, as often as items are computed at once.
  Streaming& prepared(int slot);
  Index memory_bytes() const noexcept;  // of all that has been prepared

 private:
  Problem problem_;
  Index items_;
  Workers* among_items_ = nullptr;  // one item each; else all of them share an item
  Plan plan_;
  std::vector<std::unique_ptr<Streaming>> prepared_;  // one for each slot
};

}  // namespace faltung
