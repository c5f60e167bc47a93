// Explanations of stages as a person reads them.
#include "apps/faltung/explanation_text.h"

#include <cstdio>

#include "apps/faltung/quantity.h"
#include "apps/faltung/text_table.h"
#include "engine/pipeline/report.h"

namespace faltung {
namespace {

std::string scientific(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", value);
  return text;
}

std::string positions_text(const Format& format, Index count) {
  std::string text = std::to_string(count);
  if (format.is_series() && format.rate_hz > 0 && count > 1) {
    text += " (" + quantity(static_cast<double>(count) / format.rate_hz, "s") + ")";
  }
  return text;
}

// "2x1/2": two input positions from one output to the next, and half of one.
std::string strides_text(const std::vector<ReceptiveField>& fields) {
  std::string text;
  for (const ReceptiveField& field : fields) {
    text += (text.empty() ? "" : "x") + std::to_string(field.jump);
    if (field.finer > 1) text += "/" + std::to_string(field.finer);
  }
  return text;
}

std::string extents_text(const std::vector<ReceptiveField>& fields) {
  Shape extents;
  for (const ReceptiveField& field : fields) extents.push_back(field.extent);
  return extents.text();
}

// Of a series also in seconds.
std::string reach_text(const Format& in, const std::vector<ReceptiveField>& fields) {
  return in.is_series() ? positions_text(in, fields[0].extent)
                        : extents_text(fields);
}

std::string timing_text(const StageReport& report, const Format& input) {
  const Explanation& e = *report.stage;
  std::string text = "latency " + positions_text(e.in, e.timing.latency) + ", receptive field " +
                     reach_text(e.in, report.own);
  const std::string whole = reach_text(input, report.whole);
  if (whole != reach_text(e.in, report.own)) text += " (of the input " + whole + ")";
  text += ", effective stride " + strides_text(report.whole);
  if (e.timing.tail > 0) text += ", tail " + positions_text(e.out, e.timing.tail);
  return text;
}

std::string work_text(const StageReport& report) {
  std::string text;
  if (report.flops > 0) text += quantity(report.flops, "FLOP") + " in all, ";
  if (report.bytes_moved > 0) text += quantity(report.bytes_moved, "B") + " moved; ";
  return text;
}

std::string cost_text(const StageReport& report) {
  const Explanation& e = *report.stage;
  std::string text;
  if (e.flops_per_position > 0) {
    const double samples = static_cast<double>(e.out.channels * e.out.inner_size());
    text = quantity(e.flops_per_position / samples, "FLOP") + " per sample" +
           (report.flops > 0 ? ", " : "; ");
  }
  return text + work_text(report) + quantity(static_cast<double>(e.memory_bytes), "B") + " held";
}

std::string candidates_text(const Explanation& e, const std::string& indent) {
  using Align = TextTable::Align;
  const bool series = e.out.is_series();
  TextTable table({Align::left, Align::left, Align::right, Align::right, Align::right, Align::right,
                   Align::left});
  table.add({" ", "solver", series ? "per frame" : "per position", "worst call", "in all", "error",
             "how"});
  for (const Explanation::Candidate& c : e.candidates) {
    if (c.predicted_s < 0) {
      table.add({" ", c.solver, "-", "-", "-", "-", "not here: " + c.detail});
      continue;
    }
    const std::string all =
        e.out.extent ? quantity(c.predicted_s * static_cast<double>(*e.out.extent), "s") : "-";
    const std::string worst = c.worst_block_s > 0 ? quantity(c.worst_block_s, "s") : "-";
    table.add({c.chosen ? "*" : " ", c.solver, quantity(c.predicted_s, "s"), worst, all,
               scientific(c.error_bound), c.detail});
  }
  return table.text(indent);
}

// The chosen schedule, level by level.
std::string schedule_text(const Explanation& e, const std::string& indent) {
  using Align = TextTable::Align;
  for (const Explanation::Candidate& c : e.candidates) {
    if (!c.chosen || c.levels.empty()) continue;
    TextTable table({Align::right, Align::right, Align::right, Align::right, Align::right});
    table.add({"partitions", "of", "from tap", "ready after", "per frame"});
    if (c.direct_taps > 0) {
      table.add({"direct", std::to_string(c.direct_taps), "0", "at once", "-"});
    }
    for (const LevelPlan& level : c.levels) {
      table.add({std::to_string(level.count), std::to_string(level.partition),
                 std::to_string(level.offset),
                 level.offset == 0 ? "at once" : positions_text(e.in, level.deadline),
                 quantity(level.seconds, "s")});
    }
    return indent + "schedule:\n" + table.text(indent + "  ");
  }
  return "";
}

std::string stage_text(const StageReport& report, const Format& input) {
  const Explanation& e = *report.stage;
  const std::string indent(static_cast<std::size_t>(3 * report.depth), ' ');
  const std::string deeper = indent + "   ";
  std::string text = indent + report.number + "  " + e.text + "\n";
  text += deeper + e.in.text() + " -> " + e.out.text() + "\n";
  text += deeper + timing_text(report, input) + "\n" + deeper + cost_text(report) + "\n";
  if (!e.candidates.empty()) text += candidates_text(e, deeper) + schedule_text(e, deeper);
  return text;
}

// Seconds that the chosen candidates promise, for `share` of the whole signal. A stage's candidates
// speak for its parts too.
double predicted_s(const Explanation& e, double share) {
  double sum = 0;
  if (e.out.extent) {
    for (const Explanation::Candidate& c : e.candidates) {
      if (c.chosen) sum += c.predicted_s * static_cast<double>(*e.out.extent) * share;
    }
  }
  if (!e.candidates.empty()) return sum;
  for (const Explanation& part : e.parts) sum += predicted_s(part, share);
  return sum;
}

}  // namespace

std::string explanation_text(const Explanation& whole) {
  const PipelineReport report = report_of(whole);
  std::string text;
  for (const StageReport& stage : report.stages) text += stage_text(stage, whole.in);
  return text + "\nall stages: " + timing_text(report.whole, whole.in) + "; " +
         work_text(report.whole) +
         quantity(static_cast<double>(report.memory_bytes), "B") + " held\n";
}

std::string measurement_text(const Measurement& measured, const Explanation& whole) {
  if (measured.taken == 0) return "measured: nothing, for the signal is empty\n";
  const auto taken = static_cast<double>(measured.taken);
  std::string text = "measured: " + quantity(measured.compute_s, "s") + " for " +
                     std::to_string(measured.taken) + " positions, " +
                     quantity(measured.compute_s / taken, "s") + " each";
  if (whole.in.rate_hz > 0 && whole.in.is_series()) {
    char times[48];
    std::snprintf(times, sizeof times, ", %.0f x real time",
                  taken / whole.in.rate_hz / measured.compute_s);
    text += times;
  }
  text += "\n";
  if (!whole.in.extent || *whole.in.extent == 0) return text;
  const double share = measured.whole ? 1 : taken / static_cast<double>(*whole.in.extent);
  const double predicted = predicted_s(whole, share);
  if (predicted <= 0) return text;
  char ratio[64];
  std::snprintf(ratio, sizeof ratio, "; measured is %.2f times that\n",
                measured.compute_s / predicted);
  return text + "predicted: " + quantity(predicted, "s") + ", " +
         quantity(predicted / taken, "s") + " each" + ratio;
}

}  // namespace faltung
