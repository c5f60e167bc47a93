// How a live run is doing.
#include "apps/faltung/live/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

namespace faltung {
namespace {

constexpr double kFloor_db = -120;        // what silence is called
constexpr double kBarLow_db = -60;        // where a bar begins
constexpr std::size_t kMostBars = 8;      // channels in the line

template <class... Values>
std::string format(const char* text, Values... values) {
  char line[160];
  std::snprintf(line, sizeof line, text, values...);
  return line;
}

double decibels(float peak) {
  return peak > 0 ? std::max(kFloor_db, 20 * std::log10(static_cast<double>(peak))) : kFloor_db;
}

float loudest(const std::vector<float>& peaks) {
  return peaks.empty() ? 0 : *std::max_element(peaks.begin(), peaks.end());
}

// One character for each channel, from a dot to a full block; '!' beyond full scale.
std::string bars(const std::vector<float>& peaks) {
  static const char* const kBars[] = {"·", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string text;
  for (std::size_t c = 0; c < std::min(peaks.size(), kMostBars); ++c) {
    const double part = 1 - decibels(peaks[c]) / kBarLow_db;
    const auto step = static_cast<std::size_t>(std::clamp(std::ceil(part * 8), 0.0, 8.0));
    text += peaks[c] > 1 ? "!" : kBars[step];
  }
  return text + (peaks.size() > kMostBars ? "…" : "");
}

std::string level(const char* side, const std::vector<float>& peaks) {
  return std::string(side) + " " + bars(peaks) + format(" %6.1f dB", decibels(loudest(peaks)));
}

std::string clock_text(double seconds) {
  const auto whole = static_cast<long long>(seconds);
  if (whole < 3600) return format("%lld:%02lld", whole / 60, whole % 60);
  return format("%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
}

// Columns, not bytes: what continues a character in UTF-8 takes none.
std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::vector<std::string> parts_of(const LiveReport& r) {
  std::vector<std::string> parts = {std::string(name(r.state)) + " " + clock_text(r.time_s)};
  if (r.engine.latched) parts.push_back("MUTED: the output blew up");
  if (r.muted) parts.emplace_back("muted");
  if (r.bypassed) parts.emplace_back("bypassed");
  parts.push_back(level("in", r.engine.in_peaks));
  parts.push_back(level("out", r.engine.out_peaks));
  parts.push_back(format("load %.1f%% (worst %.0f%%)", 100 * r.engine.load,
                         100 * r.engine.worst_load));
  parts.push_back(format("xruns %lld", static_cast<long long>(r.xruns)));
  parts.push_back(format("latency %lld fr", static_cast<long long>(r.latency)));
  if (r.engine.clipped > 0) {
    parts.push_back(format("clipped %lld", static_cast<long long>(r.engine.clipped)));
  }
  if (r.starved > 0) parts.push_back(format("starved %lld", static_cast<long long>(r.starved)));
  if (r.engine.muted_inputs > 0) parts.push_back("NaN at the input");
  if (r.two_clocks) parts.push_back(format("drift %+.0f ppm", r.drift_ppm));
  if (r.recording) {
    parts.push_back("rec " + clock_text(static_cast<double>(r.recorded) / r.rate_hz));
  }
  if (r.not_recorded > 0) {
    parts.push_back(format("not recorded %lld", static_cast<long long>(r.not_recorded)));
  }
  return parts;
}

std::string list(const std::vector<float>& peaks) {
  std::string text = "[";
  for (const float peak : peaks) text += (text.size() > 1 ? ", " : "") + format("%.1f", decibels(peak));
  return text + "]";
}

// Objects without nesting but for the two lists.
class Json {
 public:
  void add(const char* key, const std::string& value) {
    text_ += (text_.size() > 1 ? ", \"" : "\"") + std::string(key) + "\": " + value;
  }
  void add(const char* key, Index value) { add(key, std::to_string(value)); }
  void add(const char* key, double value) { add(key, format("%.6g", value)); }
  void add(const char* key, bool value) { add(key, std::string(value ? "true" : "false")); }
  std::string text() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

}  // namespace

LiveReport joined(const LiveReport& before, LiveReport now, Index times) {
  LiveStatus& status = now.engine;
  const auto louder = [](std::vector<float>& to, const std::vector<float>& other) {
    for (std::size_t c = 0; c < std::min(to.size(), other.size()); ++c) {
      to[c] = std::max(to[c], other[c]);
    }
  };
  louder(status.in_peaks, before.engine.in_peaks);
  louder(status.out_peaks, before.engine.out_peaks);
  status.worst_load = std::max(status.worst_load, before.engine.worst_load);
  status.worst_s = std::max(status.worst_s, before.engine.worst_s);
  status.load = before.engine.load + (status.load - before.engine.load) / static_cast<double>(times);
  return now;
}

const char* name(LiveState state) {
  switch (state) {
    case LiveState::running: return "Running";
    case LiveState::paused: return "Paused";
    case LiveState::stalled: return "Stalled";
    case LiveState::lost: return "Lost";
  }
  return "";
}

std::string status_line(const LiveReport& report, int columns) {
  std::string line;
  for (const std::string& part : parts_of(report)) {
    const std::string longer = line.empty() ? part : line + "  " + part;
    if (columns_of(longer) > static_cast<std::size_t>(std::max(columns, 0))) break;
    line = longer;
  }
  return line;
}

std::string status_json(const LiveReport& r) {
  Json json;
  json.add("time_s", r.time_s);
  json.add("state", "\"" + std::string(name(r.state)) + "\"");
  json.add("rate_hz", r.rate_hz);
  json.add("block", r.block);
  json.add("frames", r.frames);
  json.add("load", r.engine.load);
  json.add("worst_load", r.engine.worst_load);
  json.add("worst_ms", r.engine.worst_s * 1e3);
  json.add("xruns", r.xruns);
  json.add("overloads", r.engine.overloads);
  json.add("starved_frames", r.starved);
  json.add("latency_frames", r.latency);
  json.add("device_latency_ms", r.device_latency_s * 1e3);
  json.add("clipped", r.engine.clipped);
  json.add("muted_inputs", r.engine.muted_inputs);
  json.add("muted_outputs", r.engine.muted_outputs);
  json.add("latched", r.engine.latched);
  json.add("muted", r.muted);
  json.add("bypassed", r.bypassed);
  json.add("reloads", r.reloads);
  json.add("recorded_frames", r.recorded);
  json.add("not_recorded_frames", r.not_recorded);
  json.add("drift_errors", r.drift_errors);
  json.add("drift_ppm", r.drift_ppm);
  const std::string& reason = r.stop_reason;
  json.add("stop_reason", reason.empty() ? std::string("null") : "\"" + reason + "\"");
  json.add("in_peak_db", list(r.engine.in_peaks));
  json.add("out_peak_db", list(r.engine.out_peaks));
  return json.text();
}

std::string level_lines(const LiveReport& report) {
  std::string text;
  const auto add = [&text](const char* side, const std::vector<float>& peaks) {
    for (std::size_t c = 0; c < peaks.size(); ++c) {
      text += std::string(side) + format(" %zu %.1f dB\n", c + 1, decibels(peaks[c]));
    }
  };
  add("in", report.engine.in_peaks);
  add("out", report.engine.out_peaks);
  return text;
}

}  // namespace faltung
