// The signals of a live run: reload, end, end at once.
#pragma once

#include <csignal>

namespace faltung {

// While one exists: SIGHUP asks for a reload, SIGINT and SIGTERM for an end, a second one of these
// ends the process with 128 + signal. SIGPIPE is ignored: writing reports it.
class LiveSignals {
 public:
  LiveSignals();
  ~LiveSignals();
  LiveSignals(const LiveSignals&) = delete;
  LiveSignals& operator=(const LiveSignals&) = delete;

  static bool take_reload() noexcept;  // since the last time
  static bool wants_end() noexcept;
  static int signal() noexcept;  // that asked for the end first; 0: none did
  static void end() noexcept;  // as if SIGTERM had come
};

}  // namespace faltung
