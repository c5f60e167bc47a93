// Explanations of stages as a person reads them.
#include "apps/faltung/explanation_text.h"

#include <cstdio>

#include "apps/faltung/quantity.h"
#include "apps/faltung/text_table.h"

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

std::string timing_text(const Explanation& e) {
  std::string text = "latency " + positions_text(e.in, e.timing.latency) + ", receptive field " +
                     positions_text(e.in, e.timing.field.extent);
  if (e.timing.tail > 0) text += ", tail " + positions_text(e.out, e.timing.tail);
  return text;
}

std::string cost_text(const Explanation& e) {
  std::string text;
  if (e.flops_per_position > 0) {
    const double samples = static_cast<double>(e.out.channels * e.out.inner_size());
    text = quantity(e.flops_per_position / samples, "FLOP") + " per sample";
    if (e.out.extent) {
      const auto extent = static_cast<double>(*e.out.extent);
      text += ", " + quantity(e.flops_per_position * extent, "FLOP") + " in all";
    }
    text += "; ";
  }
  return text + quantity(static_cast<double>(e.memory_bytes), "B") + " held";
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

// A combinator's parts are numbered below its own number: 2.1, 2.2.
std::string stage_text(const Explanation& e, const std::string& number,
                       const std::string& indent) {
  // A chain of one, which every branch of one stage is, needs no line of its own.
  if (e.candidates.empty() && e.parts.size() == 1) return stage_text(e.parts[0], number, indent);
  const std::string deeper = indent + "   ";
  std::string text = indent + number + "  " + e.text + "\n";
  text += deeper + e.in.text() + " -> " + e.out.text() + "\n";
  text += deeper + timing_text(e) + "\n" + deeper + cost_text(e) + "\n";
  if (!e.candidates.empty()) text += candidates_text(e, deeper) + schedule_text(e, deeper);
  int part = 0;
  for (const Explanation& inner : e.parts) {
    text += stage_text(inner, number + "." + std::to_string(++part), deeper);
  }
  return text;
}

struct Totals {
  double flops = 0;  // for the whole signal
  Index memory_bytes = 0;
};

Totals totals(const Explanation& e) {
  Totals sum;
  sum.memory_bytes = e.memory_bytes;
  if (e.out.extent) sum.flops = e.flops_per_position * static_cast<double>(*e.out.extent);
  for (const Explanation& part : e.parts) {
    const Totals inner = totals(part);
    sum.flops += inner.flops;
    sum.memory_bytes += inner.memory_bytes;
  }
  return sum;
}

std::string totals_text(const Explanation& whole) {
  const Totals sum = totals(whole);
  const std::string memory = quantity(static_cast<double>(sum.memory_bytes), "B") + " held";
  return sum.flops > 0 ? quantity(sum.flops, "FLOP") + " in all; " + memory : memory;
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
  std::string text;
  if (whole.parts.empty()) {
    text = stage_text(whole, "1", "");
  } else {
    int part = 0;
    for (const Explanation& e : whole.parts) text += stage_text(e, std::to_string(++part), "");
  }
  return text + "\nall stages: " + timing_text(whole) + "; " + totals_text(whole) + "\n";
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
