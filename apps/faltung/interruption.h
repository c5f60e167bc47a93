// What Ctrl-C does while outputs are being written: removes them and leaves.
#pragma once

#include <csignal>
#include <iterator>

namespace faltung {

// While one exists, SIGINT, SIGTERM and SIGHUP remove unfinished outputs and end the process with
// 128 + signal (130, 143, 129). A signal that was ignored before (nohup) stays ignored.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

 private:
  struct sigaction former_[std::size(kSignals)];
};

}  // namespace faltung
