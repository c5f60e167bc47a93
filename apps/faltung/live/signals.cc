// The signals of a live run.
#include "apps/faltung/live/signals.h"

#include <unistd.h>

#include <atomic>
#include <iterator>


namespace faltung {
namespace {

constexpr int kSignals[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE};
struct sigaction former[std::size(kSignals)];
std::atomic<bool> reload{false};
std::atomic<int> ends{0}, first{0};

// Calls nothing but what a signal handler may. What is being recorded stays as far as it is written.
extern "C" void obey_signal(int signal) {
  if (signal == SIGHUP) {
    reload.store(true);
  } else if (ends.fetch_add(1) > 0) {
    _exit(128 + signal);
  } else {
    first.store(signal);
  }
}

}  // namespace

LiveSignals::LiveSignals() {
  reload.store(false);
  ends.store(0);
  first.store(0);
  for (std::size_t i = 0; i < std::size(kSignals); ++i) {
    struct sigaction action {};
    action.sa_handler = kSignals[i] == SIGPIPE ? SIG_IGN : obey_signal;
    action.sa_flags = SA_RESTART;
    sigaction(kSignals[i], &action, &former[i]);
  }
}

LiveSignals::~LiveSignals() {
  for (std::size_t i = 0; i < std::size(kSignals); ++i) {
    sigaction(kSignals[i], &former[i], nullptr);
  }
}

bool LiveSignals::take_reload() noexcept { return reload.exchange(false); }
bool LiveSignals::wants_end() noexcept { return ends.load() > 0; }
int LiveSignals::signal() noexcept { return first.load(); }
void LiveSignals::end() noexcept { ends.store(1); }

}  // namespace faltung
