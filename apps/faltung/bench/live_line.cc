// What goes to a turn of `bench live` and what comes back, as words and lines.
#include <cstdio>
#include <sstream>

#include "apps/faltung/bench/live_turn.h"
#include "engine/nd/error.h"

namespace faltung {
namespace {

constexpr const char* kModes[] = {"alone", "interleaved", "paced"};

constexpr double LiveResult::*kNumbers[] = {&LiveResult::cpu_s, &LiveResult::faltung_cpu_s,
                                            &LiveResult::setup_s, &LiveResult::memory_mb,
                                            &LiveResult::predicted_s};

std::string samples_text(const std::vector<float>& samples) {
  std::string text = std::to_string(samples.size());
  for (const float sample : samples) {
    char number[32];
    std::snprintf(number, sizeof number, " %.9g", static_cast<double>(sample));
    text += number;
  }
  return text;
}

// "nan" and "inf", too, which streams do not read.
std::vector<float> read_samples(std::istream& in) {
  std::size_t count = 0;
  in >> count;
  std::vector<float> samples;
  for (std::string word; samples.size() < count && in >> word;) samples.push_back(std::stof(word));
  return samples;
}

}  // namespace

std::string LiveTurn::text() const {
  return std::to_string(live) + ':' + live_contender_kinds().at(kind).word + ':' +
         kModes[static_cast<int>(mode)];
}

LiveTurn LiveTurn::parse(const std::string& text) {
  std::istringstream in(text);
  LiveTurn turn;
  std::string kind, mode;
  char colon = 0;
  in >> turn.live >> colon;
  std::getline(in, kind, ':');
  std::getline(in, mode);
  for (std::size_t k = 0; k < live_contender_kinds().size(); ++k) {
    if (kind != live_contender_kinds()[k].word) continue;
    for (int m = 0; m < 3; ++m) {
      if (mode != kModes[m]) continue;
      turn.kind = k;
      turn.mode = static_cast<LiveMode>(m);
      return turn;
    }
  }
  throw Error(Code::configuration, "no turn of bench live: '" + text + "'");
}

std::string live_result_line(const LiveResult& result) {
  std::ostringstream line;
  line.precision(9);
  for (const auto number : kNumbers) line << result.*number << ' ';
  line << call_times_text(result.calls) << ' ' << samples_text(result.samples) << ' '
       << samples_text(result.faltung_samples) << ' ' << result.plan;
  return line.str();
}

LiveResult parse_live_result(const std::string& line) {
  std::istringstream in(line);
  LiveResult result;
  for (const auto number : kNumbers) in >> result.*number;
  std::string calls;
  in >> calls;
  result.calls = parse_call_times(calls);
  result.samples = read_samples(in);
  result.faltung_samples = read_samples(in);
  if (!in) throw Error(Code::failure, "no result of a live turn: " + line.substr(0, 80));
  std::getline(in >> std::ws, result.plan);
  return result;
}

}  // namespace faltung
