// What a benchmark has found: one record for each case and metric, as JSON lines and as tables.
#pragma once

#include <limits>
#include <string>
#include <vector>

namespace faltung {

constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

// Everything further from the float64 reference than this, relative to the output's peak, is a
// wrong output and wins nothing. The best of 16-bit files is 1.5e-5; a float32 transform 1e-6.
constexpr double kWrongOutput = 1e-4;

struct PeerValue {
  enum class State { measured, wrong, missing, skipped };
  std::string name;
  double value = kNotMeasured;
  State state = State::measured;
};

struct BenchRecord {
  std::string suite;
  std::string name;    // the case
  std::string metric;  // "wall", "cpu", "peak_rss", "error", "time", "rate", …
  std::string unit;    // "s", "MB", "flop/s", "of peak", "of mean"
  double faltung = kNotMeasured;
  std::vector<PeerValue> peers;
  double limit = kNotMeasured;  // the machine's own floor for the case
  double error = kNotMeasured;  // of Faltung: largest, relative to the output's peak
  bool tabled = true;           // has a row in its metric's table; else in a table of the report's
  std::string group = "";       // a metric has a table for each: "dense", "backwards"

  const PeerValue* best_peer() const;  // of those measured and right; null: none
  double ratio() const;                // best peer ÷ Faltung; not a number where there is none
  double share_of_limit() const;       // 1: at the machine's floor (costs) or ceiling (rates)
  bool is_rate() const { return metric == "rate"; }
};

struct BenchTable {
  std::string title;
  std::vector<std::vector<std::string>> rows;  // the first one is the heading
};

struct BenchReport {
  std::vector<BenchRecord> records;
  std::vector<BenchTable> tables;  // after those of the metrics
  std::string picture;             // a Markdown image in front of the tables of a page
  std::vector<std::string> notes;  // how it was measured, what is missing, what was skipped
};

// "12.3 ns", "45 MB", "1.2e-07"; "-" where it was not measured.
std::string value_text(double value, const std::string& unit);

// The contract's object, without a line's end; what was not measured is null.
std::string json_line(const BenchRecord& record);

// A table for each metric, and the notes: for a terminal, and as Markdown.
std::string report_text(const BenchReport& report);
std::string report_markdown(const BenchReport& report);

}  // namespace faltung
