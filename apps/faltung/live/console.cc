// What a live run says while it runs.
#include "apps/faltung/live/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>

namespace faltung {
namespace {

constexpr int kUsualColumns = 80;

int columns() {
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return (known ? size.ws_col : kUsualColumns) - 1;
}

}  // namespace

LiveConsole::LiveConsole(const GeneralOptions& general, bool json, bool json_to_errors)
    : general_(general),
      status_(json                                ? Status::json
              : Console(general).draws_progress() ? Status::line
                                                  : Status::none),
      json_to_errors_(json_to_errors) {}

// The last status stays on the terminal.
LiveConsole::~LiveConsole() {
  if (!line_.empty()) std::cerr << "\n" << std::flush;
}

void LiveConsole::erase() {
  if (!line_.empty()) std::cerr << "\r\033[K";
}

void LiveConsole::say(const std::string& text, bool always) {
  if (general_.quiet && !always) return;
  const std::lock_guard lock(mutex_);
  erase();
  complain(text);
  if (!line_.empty()) std::cerr << line_ << std::flush;
}

void LiveConsole::show(const LiveReport& report) {
  if (status_ == Status::none) return;
  const std::lock_guard lock(mutex_);
  if (status_ == Status::json) {
    (json_to_errors_ ? std::cerr : std::cout) << status_json(report) + "\n" << std::flush;
    return;
  }
  erase();
  line_ = status_line(report, columns());
  std::cerr << line_ << std::flush;
}

}  // namespace faltung
