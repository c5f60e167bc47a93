// What stages of live audio ask of their signal: a series, a rate, channels that are there.
#include "engine/stages/series.h"

#include <cmath>

#include "engine/design/number_text.h"

namespace faltung {
namespace {

constexpr double kLongestRampMs = 60000;

}  // namespace

void check_series(const Format& in, const std::string& stage) {
  if (in.is_series()) return;
  throw Error(Code::configuration,
              stage + " is for series (sound, sensor data); this signal is " + in.text());
}

void check_rate(const Format& in, const std::string& stage) {
  check_series(in, stage);
  if (in.rate_hz > 0) return;
  throw Error(Code::configuration, stage + " needs a signal with a rate; give the pipeline's rate");
}

std::vector<bool> selected_channels(const std::vector<Index>& channels, const Format& in,
                                    const std::string& stage) {
  std::vector<bool> selected(static_cast<std::size_t>(in.channels), channels.empty());
  for (const Index channel : channels) {
    const bool there = channel >= 1 && channel <= in.channels;
    if (!there || selected[static_cast<std::size_t>(channel - 1)]) {
      throw Error(Code::configuration, stage + " of channel " + std::to_string(channel) +
                                           (there ? " twice" : "") + "; allowed: each of 1 to " +
                                           std::to_string(in.channels) + " once");
    }
    selected[static_cast<std::size_t>(channel - 1)] = true;
  }
  return selected;
}

Index frames_of_ms(const std::optional<double>& ms, double default_ms, const Format& in,
                   const std::string& stage) {
  if (ms) check_rate(in, stage + " with a time in ms");
  return static_cast<Index>(std::round(ms.value_or(default_ms) * 1e-3 * in.rate_hz));
}

std::vector<Index> read_channels(const Node& node, const Located& at) {
  if (node.kind != Node::Kind::list) return {at.integer(node, 1)};
  std::vector<Index> result;
  for (const Node& item : node.items) result.push_back(at.integer(item, 1));
  if (result.empty()) at.refuse(node, "expected at least one channel, got an empty list");
  return result;
}

double read_within(const Node& node, const Located& at, double low, double high) {
  const double value = at.number(node);
  if (value >= low && value <= high) return value;
  at.refuse(node, "expected a number of " + number_text(low) + " to " + number_text(high) +
                      ", got " + node.description());
}

double read_ramp_ms(const Node& node, const Located& at) {
  return read_within(node, at, 0, kLongestRampMs);
}

}  // namespace faltung
