// A progress bar on a terminal, for whatever lasts over a second.
#include "apps/faltung/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
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

BatchProgress::BatchProgress(std::vector<Index> sizes)
    : sizes_(std::move(sizes)), begin_(steady_clock::now()), next_(begin_ + kPatience) {
  const bool known = std::find(sizes_.begin(), sizes_.end(), 0) == sizes_.end();
  if (!known) std::fill(sizes_.begin(), sizes_.end(), 1);
}

void BatchProgress::next() { ++index_; }

BatchPlace BatchProgress::place() const {
  const auto sum = [this](std::size_t count) {
    const auto end = sizes_.begin() + static_cast<std::ptrdiff_t>(count);
    return static_cast<double>(std::accumulate(sizes_.begin(), end, Index{0}));
  };
  BatchPlace place;
  place.text = print("%zu/%zu ", index_ + 1, sizes_.size());
  if (failures_ > 0) place.text += print("(%zu failed) ", failures_);
  const double all = sum(sizes_.size());
  place.before = sum(index_) / all;
  place.share = static_cast<double>(sizes_[index_]) / all;
  place.seconds = std::chrono::duration<double>(steady_clock::now() - begin_).count();
  return place;
}

std::string progress_line(const std::string& name, const Format& format, Index taken,
                          double seconds, int width, const BatchPlace* place, Index before) {
  const bool known = format.extent && *format.extent > 0;
  const auto share_of = [&](Index positions) {
    return std::min(1.0, static_cast<double>(positions) / static_cast<double>(*format.extent));
  };
  const double own = known ? share_of(taken) : 0;
  const double share = place ? place->before + place->share * own : own;
  const double begun = place || !known ? 0 : share_of(before);
  const double since = place ? place->seconds : seconds;
  std::string line = place ? place->text : "";
  line += name.size() <= kNameWidth ? name : name.substr(0, kNameWidth - 2) + "..";
  if (known || place) {
    const auto full = static_cast<std::size_t>(share * kBarWidth);
    line += "  [" + std::string(full, '#') + std::string(kBarWidth - full, '-') + "]";
    line += print("  %3.0f%%  ", 100 * share) + rate_text(format, taken - before, seconds);
    if (share > begun) {
      line += ", " + clock_text(since * (1 - share) / (share - begun)) + " left";
    }
  } else {
    line += "  " + clock_text(seconds) + "  " + rate_text(format, taken, seconds);
  }
  return line.substr(0, static_cast<std::size_t>(std::max(width, 0)));
}

Progress::Progress(const Console& console, std::string name, const Format& format,
                   BatchProgress* batch)
    : draws_(console.draws_progress()),
      name_(std::move(name)),
      format_(format),
      begin_(steady_clock::now()),
      batch_(batch),
      own_next_(begin_ + kPatience),
      next_(batch ? batch->next_ : own_next_) {}

Progress::~Progress() { hide(); }

void Progress::hide() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void Progress::update(Index taken) {
  if (!draws_) return;
  const auto now = steady_clock::now();
  if (now < next_) return;
  next_ = now + kRedraw;
  drawn_ = true;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const BatchPlace place = batch_ ? batch_->place() : BatchPlace{};
  const int width = terminal_width() - 1 - static_cast<int>(text_.size());
  const std::string line = "\r" + text_ +
                           progress_line(name_, format_, taken, seconds, width,
                                         batch_ ? &place : nullptr, before_) +
                           "\033[K";
  std::fputs(line.c_str(), stderr);
}

}  // namespace faltung
