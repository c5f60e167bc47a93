// What a benchmark has found, as JSON lines and as tables.
#include "apps/faltung/bench/record.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "apps/faltung/json.h"
#include "apps/faltung/quantity.h"
#include "apps/faltung/text_table.h"

namespace faltung {
namespace {

std::string json_peers(const std::vector<PeerValue>& peers) {
  std::string result;
  for (const PeerValue& peer : peers) {
    result += (result.empty() ? "" : ",") + json_text(peer.name) + ":" + json_number(peer.value);
  }
  return "{" + result + "}";
}

std::string formatted(const char* format, double value) {
  if (!std::isfinite(value)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string peer_text(const BenchRecord& record, const std::string& name) {
  for (const PeerValue& peer : record.peers) {
    if (peer.name != name) continue;
    if (peer.state == PeerValue::State::missing) return "missing";
    if (peer.state == PeerValue::State::skipped) return "skipped";
    const std::string value = value_text(peer.value, record.unit);
    return peer.state == PeerValue::State::wrong ? value + " (wrong)" : value;
  }
  return "";
}

// Names in the order in which they are met.
template <class Name>
std::vector<std::string> distinct(const std::vector<BenchRecord>& records, Name&& names_of) {
  std::vector<std::string> result;
  for (const BenchRecord& record : records) {
    for (const std::string& name : names_of(record)) {
      if (std::find(result.begin(), result.end(), name) == result.end()) result.push_back(name);
    }
  }
  return result;
}

using Row = std::vector<std::string>;

const char* title_of(const std::string& metric) {
  static constexpr const char* kTitles[][2] = {
      {"wall", "Wall time"},
      {"cpu", "CPU time, user and system, all threads"},
      {"peak_rss", "Peak resident memory, of the largest process"},
      {"error", "Largest error, relative to the output's peak"},
      {"time", "Time of one call"},
      {"prepare", "Preparing, once, not part of the time above"},
      {"rate", "Floating-point operations per second"},
      {"cpu_frame", "CPU time of the whole process for each frame, alone"},
      {"cpu_frame_most", "The same in the slowest round"},
      {"cpu_frame_interleaved",
       "The same with both in one process, a call of one, a call of the other"},
      {"cpu_frame_paced", "The same at the pace of a device (a block each block's time)"},
      {"predicted", "What the planner had predicted"},
      {"setup", "Setting up until the first block can come"},
      {"setup_cold", "The same on a machine whose costs and transforms have never been measured"},
      {"memory", "Memory: the most that was resident, less what was before"}};
  for (const auto& title : kTitles) {
    if (metric == title[0]) return title[1];
  }
  return metric.c_str();
}

// Where they belong: beside what took the time.
bool tells_errors(const std::string& metric) {
  static constexpr const char* kNot[] = {"error", "prepare", "predicted", "setup", "setup_cold",
                                         "memory", "cpu_frame_most"};
  return std::none_of(std::begin(kNot), std::end(kNot), [&](const char* not_this) {
    return metric == not_this;
  });
}

BenchTable table_for(const std::vector<BenchRecord>& records) {
  const auto peers = distinct(records, [](const BenchRecord& record) {
    std::vector<std::string> names;
    for (const PeerValue& peer : record.peers) names.push_back(peer.name);
    return names;
  });
  const bool limited = std::any_of(records.begin(), records.end(), [](const BenchRecord& record) {
    return std::isfinite(record.limit);
  });
  const std::string& group = records[0].group;
  BenchTable table{title_of(records[0].metric) + (group.empty() ? "" : ": " + group),
                   {{"case", "Faltung"}}};
  Row& heading = table.rows[0];
  heading.insert(heading.end(), peers.begin(), peers.end());
  if (!peers.empty()) heading.push_back("ratio");
  if (limited) heading.insert(heading.end(), {"limit", "of limit"});
  const bool errors = tells_errors(records[0].metric);
  if (errors) heading.push_back("error");
  for (const BenchRecord& record : records) {
    Row row{record.name, value_text(record.faltung, record.unit)};
    for (const std::string& peer : peers) row.push_back(peer_text(record, peer));
    if (!peers.empty()) row.push_back(formatted("%.2f", record.ratio()));
    if (limited) row.push_back(value_text(record.limit, record.unit));
    if (limited) row.push_back(formatted("%.0f%%", 100 * record.share_of_limit()));
    if (errors) row.push_back(formatted("%.1e", record.error));
    table.rows.push_back(row);
  }
  return table;
}

// A table for each metric and group.
std::vector<BenchTable> tables_of(const BenchReport& report) {
  std::vector<BenchTable> tables;
  const auto metrics = distinct(report.records, [](const BenchRecord& record) {
    return std::vector<std::string>{record.metric};
  });
  const auto groups = distinct(report.records, [](const BenchRecord& record) {
    return std::vector<std::string>{record.group};
  });
  for (const std::string& metric : metrics) {
    for (const std::string& group : groups) {
      std::vector<BenchRecord> records;
      for (const BenchRecord& record : report.records) {
        if (record.metric == metric && record.group == group && record.tabled) {
          records.push_back(record);
        }
      }
      if (!records.empty()) tables.push_back(table_for(records));
    }
  }
  tables.insert(tables.end(), report.tables.begin(), report.tables.end());
  return tables;
}

std::string markdown_row(const Row& row) {
  std::string line = "|";
  for (const std::string& cell : row) line += ' ' + cell + " |";
  return line + '\n';
}

}  // namespace

std::string value_text(double value, const std::string& unit) {
  if (!std::isfinite(value)) return "-";
  if (unit == "of peak") return formatted("%.1e", value);
  if (unit == "MB") return formatted("%.0f MB", value);
  if (unit == "of mean") return formatted("%.1f", value);
  return quantity(value, unit);
}

const PeerValue* BenchRecord::best_peer() const {
  const PeerValue* best = nullptr;
  for (const PeerValue& peer : peers) {
    if (peer.state != PeerValue::State::measured) continue;
    if (!best || (is_rate() ? peer.value > best->value : peer.value < best->value)) best = &peer;
  }
  return best;
}

double BenchRecord::ratio() const {
  const PeerValue* best = best_peer();
  if (!best) return kNotMeasured;
  return is_rate() ? faltung / best->value : best->value / faltung;
}

double BenchRecord::share_of_limit() const { return is_rate() ? faltung / limit : limit / faltung; }

std::string json_line(const BenchRecord& record) {
  const PeerValue* best = record.best_peer();
  return "{\"suite\":" + json_text(record.suite) + ",\"case\":" + json_text(record.name) +
         ",\"metric\":" + json_text(record.metric) + ",\"unit\":" + json_text(record.unit) +
         ",\"faltung\":" + json_number(record.faltung) + ",\"peers\":" + json_peers(record.peers) +
         ",\"best_peer\":" + (best ? json_text(best->name) : "null") +
         ",\"ratio\":" + json_number(record.ratio()) + ",\"limit\":" + json_number(record.limit) +
         ",\"error\":" + json_number(record.error) + "}";
}

std::string report_text(const BenchReport& report) {
  std::string text;
  for (const BenchTable& metric : tables_of(report)) {
    std::vector<TextTable::Align> columns(metric.rows[0].size(), TextTable::Align::right);
    columns[0] = TextTable::Align::left;
    TextTable table(columns);
    for (const Row& row : metric.rows) table.add(row);
    text += metric.title + '\n' + table.text("  ") + '\n';
  }
  for (const std::string& note : report.notes) text += "- " + note + '\n';
  return text;
}

std::string report_markdown(const BenchReport& report) {
  std::string text = report.picture.empty() ? "" : report.picture + "\n\n";
  for (const BenchTable& metric : tables_of(report)) {
    text += metric.title + ":\n\n" + markdown_row(metric.rows[0]);
    Row rule(metric.rows[0].size(), "---:");
    rule[0] = "---";
    text += markdown_row(rule);
    for (std::size_t r = 1; r < metric.rows.size(); ++r) text += markdown_row(metric.rows[r]);
    text += '\n';
  }
  for (const std::string& note : report.notes) text += "- " + note + '\n';
  return text;
}

}  // namespace faltung
