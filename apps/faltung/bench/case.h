// A case of a benchmark: Faltung and its peers in turns on the same work, every output checked.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/faltung/bench/record.h"
#include "apps/faltung/bench/rounds.h"

namespace faltung {

struct BenchPeer {
  std::string name;
  std::function<double()> turn;   // s of its fastest call in a turn; empty: the peer is missing
  std::function<double()> error;  // of what the last turn left, relative to the output's peak
};

struct BenchCase {
  std::string suite;
  std::string name;
  std::function<double()> turn;   // Faltung's, as a peer's
  std::function<double()> error;  // the same
  std::vector<BenchPeer> peers;
  std::function<double()> floor;       // s below which the machine cannot do it, measured anew
  double flops = 0;                    // above 0: reported as a rate, else as a time
  double wrong_beyond = kWrongOutput;  // of the peak
  std::string group = "";              // of its tables
  bool errors_tabled = true;           // else the peers' stand in the JSON only
};

// How long is measured: `--quick` is a single call.
struct BenchEffort {
  int rounds = kBenchRounds;
  double turn_s = 0.05;  // a turn repeats a short call until this has passed; the fastest counts
};
BenchEffort bench_effort(bool quick);
std::string effort_text(const BenchEffort& effort);  // "the least of 5 rounds in turns …"

// Calls until `turn_s` has passed; the least seconds of a call.
template <class Call>
double fastest_call(double turn_s, Call&& call) {
  double least = kNotMeasured, passed = 0;
  do {
    const double seconds = seconds_taken(call);
    keep_least(&least, seconds);
    passed += seconds;
  } while (passed < turn_s);
  return least;
}

// Appends the records "time" or "rate", and "error". A peer whose output is wrong is marked and
// wins nothing; throws Error{failure} where Faltung's is.
void run_case(const BenchCase& bench_case, const BenchEffort& effort, BenchReport* report);

// "…, 1 thread", "…, 2 threads"
std::string with_threads(const std::string& name, int threads);

}  // namespace faltung
