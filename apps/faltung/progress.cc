// A progress bar on a terminal, for whatever lasts over a second.
#include "apps/faltung/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace faltung {
namespace {

using std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(1);           // shorter work needs no bar
constexpr auto kRedraw = std::chrono::milliseconds(100);      // faster is only flicker
constexpr int kBarWidth = 24;
constexpr std::size_t kNameWidth = 24;

int terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string print(const char* pattern, auto... values) {
  char text[160];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

std::string clock_text(double seconds) {
  const auto s = static_cast<long>(seconds + 0.5);
  if (s >= 3600) return print("%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
  return print("%ld:%02ld", s / 60, s % 60);
}

}  // namespace

std::string rate_text(const Format& format, Index taken, double seconds) {
  const double rate = static_cast<double>(taken) / std::max(seconds, 1e-9);
  if (format.is_series() && format.rate_hz > 0) {
    const double times = rate / format.rate_hz;
    return print(times < 10 ? "%.1f x real time" : "%.0f x real time", times);
  }
  const char* unit = format.is_series() ? "frames" : format.spatial_rank() == 2 ? "rows" : "slices";
  return print(rate < 10 ? "%.1f %s/s" : "%.0f %s/s", rate, unit);
}

std::string progress_line(const std::string& name, const Format& format, Index taken,
                          double seconds, int width) {
  std::string line = name.size() <= kNameWidth ? name : name.substr(0, kNameWidth - 2) + "..";
  if (format.extent && *format.extent > 0) {
    const double share =
        std::min(1.0, static_cast<double>(taken) / static_cast<double>(*format.extent));
    const auto full = static_cast<std::size_t>(share * kBarWidth);
    line += "  [" + std::string(full, '#') + std::string(kBarWidth - full, '-') + "]";
    line += print("  %3.0f%%  ", 100 * share) + rate_text(format, taken, seconds);
    if (taken > 0) line += ", " + clock_text(seconds / share - seconds) + " left";
  } else {
    line += "  " + clock_text(seconds) + "  " + rate_text(format, taken, seconds);
  }
  return line.substr(0, static_cast<std::size_t>(std::max(width, 0)));
}

Progress::Progress(const Console& console, std::string name, const Format& format)
    : draws_(console.draws_progress()),
      name_(std::move(name)),
      format_(format),
      begin_(steady_clock::now()),
      next_(begin_ + kPatience) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::update(Index taken) {
  if (!draws_) return;
  const auto now = steady_clock::now();
  if (now < next_) return;
  next_ = now + kRedraw;
  drawn_ = true;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const std::string line =
      "\r" + progress_line(name_, format_, taken, seconds, terminal_width() - 1) + "\033[K";
  std::fputs(line.c_str(), stderr);
}

}  // namespace faltung
