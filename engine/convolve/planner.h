// Chooses how to do a convolution: reads the problem and the kernel, weighs every solver.
//
// Offline it minimises the total time, live the time of a block. A candidate whose expected error
// passes the problem's tolerance is not taken while another is within it; with a tolerance of 0
// those that are exact are within it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/convolve/cost.h"
#include "engine/convolve/problem.h"
#include "engine/convolve/schedule.h"
#include "engine/convolve/streaming.h"
#include "engine/convolve/whole.h"
#include "engine/convolve/workers.h"

namespace faltung {

// One way to do a problem, or the reason why it cannot be done so.
struct Candidate {
  std::string solver;           // a name of the solver table: "direct", "separable", …
  std::string detail;           // parameters in words, or why not
  double seconds = -1;          // predicted, for one output position of the stream axis and one
                                // thread; below 0: not applicable
  double worst_block_s = 0;     // live: predicted for one call
  double error = 0;             // expected, relative to the output's peak
  Index memory = 0;             // bytes it will work with, estimated; 0: not known
  bool exact = false;           // every tap counts as it is; sums of integers that the type holds
                                // are exact
  std::optional<Schedule> schedule;  // of partitions
  std::function<std::unique_ptr<Streaming>()> prepare;  // the problem must outlive the call
  std::function<std::unique_ptr<Whole>()> prepare_whole;  // the same; empty: only as a stream
};

// One row of the solver table. All have the same parts in the same order.
struct Solver {
  const char* name;
  std::string (*why_not)(const Problem&);  // "" where applicable
  std::vector<Candidate> (*candidates)(const Problem&, const Costs&, Workers*);
};

const std::vector<Solver>& solvers();

struct Plan {
  std::vector<Candidate> candidates;  // every solver at least once; the best of its parameters first
  std::size_t chosen = 0;
};

// `method` is a solver's name to use whatever it costs, or "auto". Throws Error{configuration} where
// the problem makes no sense (check) or the method cannot do it, saying why, and where nothing can
// work with the problem's memory, saying what is needed.
Plan make_plan(const Problem& problem, const Costs& costs, Workers* workers,
               const std::string& method = "auto");

// The solver that needs no weighing and can do everything, alone: for problems so small that
// planning takes longer than they do. Throws as make_plan.
Plan plan_directly(const Problem& problem, const Costs& costs);

}  // namespace faltung
