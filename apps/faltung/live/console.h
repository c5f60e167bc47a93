// What a live run says while it runs: messages, a status line on a terminal, status for programs.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include "apps/faltung/console.h"
#include "apps/faltung/live/report.h"

namespace faltung {

class LiveConsole {
 public:
  enum class Status { none, line, json };

  // `json_to_errors`: standard output is sound.
  LiveConsole(const GeneralOptions& general, bool json, bool json_to_errors);
  ~LiveConsole();
  LiveConsole(const LiveConsole&) = delete;
  LiveConsole& operator=(const LiveConsole&) = delete;

  double interval_s() const noexcept { return status_ == Status::line ? 0.1 : 1.0; }

  // "faltung: text", above the status line. Any thread. `always`: also with --quiet.
  void say(const std::string& text, bool always = false);
  void show(const LiveReport& report);  // in the way of this run; nothing in a pipe

 private:
  void erase();

  GeneralOptions general_;
  Status status_;
  bool json_to_errors_;
  std::mutex mutex_;
  std::string line_;  // that stands on the terminal
};

}  // namespace faltung
