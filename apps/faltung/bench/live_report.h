// Gathers the turns of a case of `bench live`, checks every output, and makes records of them.
#pragma once

#include <string>
#include <vector>

#include "apps/faltung/bench/live_turn.h"
#include "apps/faltung/bench/record.h"
#include "apps/faltung/plots/call_times.h"

namespace faltung {

// What a contender did over all rounds in one mode: the least of each, the calls of the round with
// the least p99.9. Rounds with a wrong output count for nothing.
struct LiveSummary {
  double cpu_s = kNotMeasured;
  double cpu_most_s = kNotMeasured;
  double faltung_cpu_s = kNotMeasured;
  double setup_s = kNotMeasured;
  double cold_setup_s = kNotMeasured;
  double memory_mb = kNotMeasured;
  double predicted_s = -1;
  double error = kNotMeasured;  // the largest of all rounds
  CallTimes calls;
  std::string plan;
  int right = 0, wrong = 0;  // rounds
};

class LiveTable {
 public:
  explicit LiveTable(const LiveCase& live);

  // The first one that is `cold` met an empty cache. Throws Error{failure} where Faltung is wrong.
  void add(const LiveTurn& turn, const LiveResult& result, bool cold);
  // A turn that came to nothing.
  void add_failure(const LiveTurn& turn, const std::string& why, BenchReport* report);

  void report(double fma_flops, BenchReport* report) const;
  std::vector<CallTimesPanel> panels() const;

 private:
  LiveSummary& of(const LiveTurn& turn);
  const LiveSummary& of(std::size_t kind, LiveMode mode) const;
  double error_of(const std::vector<float>& samples) const;
  std::vector<PeerValue> peers(LiveMode mode, double LiveSummary::*value) const;
  void report_costs(double fma_flops, BenchReport* report) const;
  void report_calls(LiveMode mode, BenchReport* report) const;
  void report_notes(BenchReport* report) const;

  const LiveCase live_;
  const std::vector<double> reference_;
  double peak_ = 0;
  std::vector<LiveSummary> summaries_;  // [mode][kind]
};

}  // namespace faltung
