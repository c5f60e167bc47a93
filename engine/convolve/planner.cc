// Chooses how to do a convolution.
#include "engine/convolve/planner.h"

#include <algorithm>
#include <cstdio>

namespace faltung {
namespace {

bool within(const Candidate& c, double tolerance) {
  return tolerance > 0 ? c.error <= tolerance : c.exact;
}

// Within tolerance first, then the faster one.
bool better(const Candidate& a, const Candidate& b, double tolerance) {
  if ((a.seconds < 0) != (b.seconds < 0)) return b.seconds < 0;
  if (within(a, tolerance) != within(b, tolerance)) return within(a, tolerance);
  return a.seconds < b.seconds;
}

Candidate not_applicable(const char* solver, const std::string& reason) {
  Candidate candidate;
  candidate.solver = solver;
  candidate.detail = reason;
  return candidate;
}

std::string megabytes(Index bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g MB", static_cast<double>(bytes) / 1e6);
  return text;
}

// What needs more than the problem allows becomes what cannot be done.
void hold_to_memory(const Problem& p, std::vector<Candidate>& candidates) {
  for (Candidate& c : candidates) {
    if (p.memory == 0 || c.seconds < 0 || c.memory <= p.memory) continue;
    const Index needed = c.memory;
    c = not_applicable(c.solver.c_str(), "works with " + megabytes(needed) + "; allowed: " +
                                             megabytes(p.memory));
    c.memory = needed;
  }
}

[[noreturn]] void refuse_memory(const Problem& p, const std::vector<Candidate>& candidates) {
  const Candidate* least = nullptr;
  for (const Candidate& c : candidates) {
    if (c.memory > 0 && (!least || c.memory < least->memory)) least = &c;
  }
  throw Error(Code::configuration,
              "memory of " + megabytes(p.memory) + " is not enough; the least that is needed: " +
                  (least ? megabytes(least->memory) + " (" + least->solver + ")" : "unknown"),
              least ? least->memory : p.memory + 1);
}

std::string names() {
  std::string result = "auto";
  for (const Solver& solver : solvers()) result += std::string(", ") + solver.name;
  return result;
}

}  // namespace

Plan make_plan(const Problem& problem, const Costs& costs, Workers* workers,
               const std::string& method) {
  check(problem);
  Plan plan;
  const Candidate* best = nullptr;
  bool known = method == "auto";
  for (const Solver& solver : solvers()) {
    known = known || method == solver.name;
    const std::string reason = solver.why_not(problem);
    std::vector<Candidate> mine;
    if (reason.empty()) mine = solver.candidates(problem, costs, workers);
    hold_to_memory(problem, mine);
    if (mine.empty()) {
      mine.push_back(not_applicable(solver.name, reason.empty() ? "no fitting size" : reason));
    }
    std::stable_sort(mine.begin(), mine.end(), [&](const Candidate& a, const Candidate& b) {
      return better(a, b, problem.tolerance);
    });
    for (Candidate& candidate : mine) {
      // Whatever does not spread its work does a block's at once.
      if (problem.block && candidate.worst_block_s == 0 && candidate.seconds >= 0) {
        candidate.worst_block_s = candidate.seconds * static_cast<double>(*problem.block);
      }
    }
    for (Candidate& candidate : mine) plan.candidates.push_back(std::move(candidate));
  }
  for (std::size_t i = 0; i < plan.candidates.size(); ++i) {
    const Candidate& candidate = plan.candidates[i];
    if (method != "auto" && candidate.solver != method) continue;
    if (candidate.seconds < 0 && method != "auto" && !best) {
      throw Error(Code::configuration,
                  "method '" + method + "' cannot do this: " + candidate.detail,
                  candidate.memory);
    }
    if (candidate.seconds < 0) continue;
    if (!best || better(candidate, *best, problem.tolerance)) {
      best = &candidate;
      plan.chosen = i;
    }
  }
  if (!known) {
    throw Error(Code::configuration, "unknown method '" + method + "'; allowed: " + names());
  }
  const bool exact = problem.tolerance > 0 || (best && best->exact);
  if (!best || (problem.memory > 0 && !exact)) refuse_memory(problem, plan.candidates);
  return plan;
}

Plan plan_directly(const Problem& problem, const Costs& costs) {
  check(problem);
  return {solvers().front().candidates(problem, costs, nullptr), 0};
}

}  // namespace faltung
