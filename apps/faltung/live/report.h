// How a live run is doing, as one line for people and one for programs.
#pragma once

#include <string>

#include "engine/stream/live_engine.h"

namespace faltung {

enum class LiveState { running, paused, stalled, lost };

struct LiveReport {
  LiveState state = LiveState::running;
  double time_s = 0;       // since the start
  double rate_hz = 0;
  Index block = 0;         // frames of the last call
  Index frames = 0;        // so far
  Index xruns = 0;         // frames were lost before so many calls
  Index starved = 0;       // frames that a file or standard input did not have in time
  Index latency = 0;       // frames, of the pipeline
  double device_latency_s = 0;  // as the device tells; 0: it does not
  Index recorded = 0;      // frames on disk
  Index not_recorded = 0;  // frames that the disk was too slow for
  Index drift_errors = 0;  // over- and underruns between two devices
  double drift_ppm = 0;    // of the capture device against the playback device
  bool recording = false, two_clocks = false, muted = false, bypassed = false;
  Index reloads = 0;       // pipelines heard since the start
  std::string stop_reason;  // "" while it runs
  LiveStatus engine;
};

// The newer of two, with the loudest levels and the longest call of both, and the mean load of all
// `times` so far.
LiveReport joined(const LiveReport& before, LiveReport now, Index times);

const char* name(LiveState state);

// At most `columns` columns, no line end.
std::string status_line(const LiveReport& report, int columns);
// One object, no line end.
std::string status_json(const LiveReport& report);
// The levels alone, a line for each channel: "in 1 -12.3 dB".
std::string level_lines(const LiveReport& report);

}  // namespace faltung
