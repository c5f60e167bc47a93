// Gathers the turns of a case of `bench live`.
#include "apps/faltung/bench/live_report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/faltung/bench/live_floor.h"
#include "apps/faltung/bench/rounds.h"

namespace faltung {
namespace {

constexpr const char* kModes[] = {" alone", " interleaved", " at a device's pace"};

struct CallMetric {
  const char* name;
  const char* unit;
  double (*of)(const CallTimes&);
};
constexpr CallMetric kCallMetrics[] = {
    {"mean", "s", [](const CallTimes& t) { return t.mean_s; }},
    {"p50", "s", [](const CallTimes& t) { return t.p50_s; }},
    {"p99", "s", [](const CallTimes& t) { return t.p99_s; }},
    {"p99.9", "s", [](const CallTimes& t) { return t.p999_s; }},
    {"max", "s", [](const CallTimes& t) { return t.max_s; }},
    {"p99.9 / mean", "of mean", [](const CallTimes& t) { return t.p999_s / t.mean_s; }}};

BenchTable& table_of(LiveMode mode, BenchReport* report) {
  const std::string title = mode == LiveMode::paced
                                ? "Time of one call at the pace of a device (a block each block's time)"
                                : "Time of one call, back to back";
  for (BenchTable& table : report->tables) {
    if (table.title == title) return table;
  }
  BenchTable table{title, {{"case", "of"}}};
  for (const CallMetric& metric : kCallMetrics) table.rows[0].push_back(metric.name);
  report->tables.push_back(table);
  return report->tables.back();
}

std::string prefix_of(LiveMode mode) { return mode == LiveMode::paced ? "paced_call " : "call "; }

}  // namespace

LiveTable::LiveTable(const LiveCase& live)
    : live_(live),
      reference_(live_reference(live, live_points(live))),
      summaries_(std::size(kModes) * live_contender_kinds().size()) {
  for (const double value : reference_) peak_ = std::max(peak_, std::abs(value));
}

const LiveSummary& LiveTable::of(std::size_t kind, LiveMode mode) const {
  return summaries_[static_cast<std::size_t>(mode) * live_contender_kinds().size() + kind];
}
LiveSummary& LiveTable::of(const LiveTurn& turn) {
  return const_cast<LiveSummary&>(std::as_const(*this).of(turn.kind, turn.mode));
}

// No sample at all is as wrong as can be.
double LiveTable::error_of(const std::vector<float>& samples) const {
  double off = samples.empty() ? peak_ : 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double difference = std::abs(static_cast<double>(samples[i]) - reference_.at(i));
    off = std::max(off, std::isfinite(difference) ? difference : peak_);
  }
  return off / peak_;
}

void LiveTable::add(const LiveTurn& turn, const LiveResult& result, bool cold) {
  LiveSummary& summary = of(turn);
  const double error = error_of(result.samples);
  const double faltung_error =
      turn.mode == LiveMode::interleaved ? error_of(result.faltung_samples) : turn.kind == 0 ? error : 0;
  if (!(faltung_error <= kWrongOutput)) {
    throw Error(Code::failure, live_.name + ": Faltung's output is wrong: its error is " +
                                   value_text(faltung_error, "of peak") + " of the peak");
  }
  if (!(error <= kWrongOutput)) {
    ++summary.wrong;
    return;
  }
  ++summary.right;
  summary.error = std::isnan(summary.error) ? error : std::max(summary.error, error);
  if (std::isnan(summary.cpu_most_s) || result.cpu_s > summary.cpu_most_s) {
    summary.cpu_most_s = result.cpu_s;
  }
  keep_least(&summary.cpu_s, result.cpu_s);
  keep_least(&summary.faltung_cpu_s, result.faltung_cpu_s);
  keep_least(cold ? &summary.cold_setup_s : &summary.setup_s, result.setup_s);
  keep_least(&summary.memory_mb, result.memory_mb);
  if (summary.calls.histogram.empty() || result.calls.p999_s < summary.calls.p999_s) {
    summary.calls = result.calls;
  }
  summary.predicted_s = result.predicted_s;
  summary.plan = result.plan;
}

void LiveTable::add_failure(const LiveTurn& turn, const std::string& why, BenchReport* report) {
  ++of(turn).wrong;
  report->notes.push_back(live_.name + ": " + live_contender_kinds()[turn.kind].name +
                          " failed: " + why);
}

std::vector<PeerValue> LiveTable::peers(LiveMode mode, double LiveSummary::*value) const {
  std::vector<PeerValue> result;
  const auto& kinds = live_contender_kinds();
  for (std::size_t kind = 1; kind < kinds.size(); ++kind) {
    const LiveSummary& summary = of(kind, mode);
    PeerValue peer{kinds[kind].name, summary.*value, PeerValue::State::measured};
    if (!kinds[kind].is_there()) {
      peer.state = PeerValue::State::missing;
    } else if (summary.right == 0) {
      peer.state = summary.wrong > 0 ? PeerValue::State::wrong : PeerValue::State::skipped;
    }
    if (peer.state != PeerValue::State::skipped) result.push_back(peer);
  }
  return result;
}

void LiveTable::report_costs(double fma_flops, BenchReport* report) const {
  const LiveSummary& own = of(0, LiveMode::alone);
  const LiveSummary& both = of(1, LiveMode::interleaved);
  const auto add_record = [&](const char* metric, const char* unit, double value,
                              std::vector<PeerValue> peers, double limit = kNotMeasured) {
    report->records.push_back(
        {"live", live_.name, metric, unit, value, std::move(peers), limit, own.error});
  };
  const auto alone = [&](double LiveSummary::*value) { return peers(LiveMode::alone, value); };
  add_record("cpu_frame", "s", own.cpu_s, alone(&LiveSummary::cpu_s),
             live_flops(live_) / fma_flops);
  add_record("cpu_frame_most", "s", own.cpu_most_s, alone(&LiveSummary::cpu_most_s));
  if (both.right > 0) {
    add_record("cpu_frame_interleaved", "s", both.faltung_cpu_s,
               peers(LiveMode::interleaved, &LiveSummary::cpu_s));
  }
  if (const LiveSummary& paced = of(0, LiveMode::paced); paced.right > 0) {
    add_record("cpu_frame_paced", "s", paced.cpu_s, peers(LiveMode::paced, &LiveSummary::cpu_s));
  }
  add_record("predicted", "s", own.predicted_s, {});
  add_record("setup", "s", own.setup_s, alone(&LiveSummary::setup_s));
  add_record("setup_cold", "s", own.cold_setup_s, {});
  add_record("memory", "MB", own.memory_mb, alone(&LiveSummary::memory_mb));
  add_record("error", "of peak", own.error, alone(&LiveSummary::error));
}

void LiveTable::report_calls(LiveMode mode, BenchReport* report) const {
  if (of(0, mode).right == 0) return;
  const auto& kinds = live_contender_kinds();
  std::vector<std::vector<PeerValue>> values(std::size(kCallMetrics));
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    const LiveSummary& summary = of(kind, mode);
    if (summary.right == 0) continue;
    std::vector<std::string> row{live_.name, kinds[kind].name};
    for (std::size_t m = 0; m < std::size(kCallMetrics); ++m) {
      const double value = kCallMetrics[m].of(summary.calls);
      values[m].push_back({kinds[kind].name, value});
      row.push_back(value_text(value, kCallMetrics[m].unit));
    }
    table_of(mode, report).rows.push_back(row);
  }
  for (std::size_t m = 0; m < std::size(kCallMetrics); ++m) {
    const double own = values[m][0].value;
    values[m].erase(values[m].begin());
    report->records.push_back({"live", live_.name, prefix_of(mode) + kCallMetrics[m].name,
                               kCallMetrics[m].unit, own, values[m], kNotMeasured,
                               of(0, mode).error, false});
  }
}

void LiveTable::report_notes(BenchReport* report) const {
  const LiveSummary& own = of(0, LiveMode::alone);
  report->notes.push_back(live_.name + ": Faltung chose " + own.plan);
  for (std::size_t i = 0; i < summaries_.size(); ++i) {
    const LiveSummary& summary = summaries_[i];
    if (summary.wrong == 0) continue;
    const std::size_t kinds = live_contender_kinds().size();
    report->notes.push_back(
        live_.name + ": " + live_contender_kinds()[i % kinds].name + " gave a wrong output in " +
        std::to_string(summary.wrong) + " of " + std::to_string(summary.wrong + summary.right) +
        " rounds" + kModes[i / kinds]);
  }
}

void LiveTable::report(double fma_flops, BenchReport* report) const {
  report_costs(fma_flops, report);
  report_calls(LiveMode::alone, report);
  report_calls(LiveMode::paced, report);
  report_notes(report);
}

std::vector<CallTimesPanel> LiveTable::panels() const {
  std::vector<CallTimesPanel> result;
  for (const LiveMode mode : {LiveMode::alone, LiveMode::paced}) {
    CallTimesPanel panel;
    panel.title = mode == LiveMode::alone ? "back to back" : "at a device's pace";
    for (std::size_t kind = 0; kind < 2; ++kind) {
      if (of(kind, mode).right == 0) continue;
      panel.curves.push_back({live_contender_kinds()[kind].name, of(kind, mode).calls});
    }
    if (!panel.curves.empty()) result.push_back(panel);
  }
  return result;
}

}  // namespace faltung
