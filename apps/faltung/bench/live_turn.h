// One turn of a contender of `bench live`, in a process of its own.
//
// The program starts itself again for every turn, so that nobody inherits another's memory, threads
// or transform plans; the line that comes back holds all that was measured.
#pragma once

#include <string>
#include <vector>

#include "apps/faltung/bench/call_times.h"
#include "apps/faltung/bench/live_contender.h"

namespace faltung {

// Who may have a turn. Faltung is the first.
struct LiveContenderKind {
  const char* word;  // "zita"
  const char* name;  // "zita-convolver"
  LiveContenderPtr (*make)(const LiveCase&, const Array<float>& responses, Pace);
  bool (*is_there)();
};
const std::vector<LiveContenderKind>& live_contender_kinds();

enum class LiveMode {
  alone,        // calls back to back, nothing else in the process
  interleaved,  // beside Faltung in one process: a call of one, a call of the other
  paced         // alone, at the pace of a device: a block each block's time
};

struct LiveTurn {
  std::size_t live = 0;  // number of the case
  std::size_t kind = 0;  // of the contender
  LiveMode mode = LiveMode::alone;

  std::string text() const;                        // one word
  static LiveTurn parse(const std::string& text);  // throws Error{configuration}
};

struct LiveResult {
  double cpu_s = 0;          // of the whole process for each frame; interleaved: less Faltung's
  double faltung_cpu_s = 0;  // interleaved: Faltung's, in the same process
  double setup_s = 0;        // until the first block can come
  double memory_mb = 0;      // the most that was resident, less what was before
  double predicted_s = -1;   // by the planner, for each frame
  CallTimes calls;
  std::vector<float> samples;          // at those live_points that it came to
  std::vector<float> faltung_samples;  // interleaved: Faltung's, in the same process
  std::string plan;
};

// In the process of the turn.
LiveResult measure_live_turn(const LiveTurn& turn, const LiveCase& live);

// As a line, and back; throws Error{failure} for anything else.
std::string live_result_line(const LiveResult& result);
LiveResult parse_live_result(const std::string& line);

}  // namespace faltung
