// Changes a live run from outside.
#include "apps/faltung/live/control.h"

#include <chrono>
#include <cstdlib>
#include <iomanip>
#include <sstream>

#include "engine/nd/suggestion.h"

namespace faltung {
namespace {

constexpr int kServe_ms = 50;     // how long the thread waits for a command
constexpr int kLookEvery = 5;     // times of these between two looks at the files

constexpr const char* kHelp =
    "list                      parameters and readings\n"
    "get PATH                  one of them\n"
    "set PATH VALUE            a parameter; it ramps\n"
    "swap [STAGE] FILE         another kernel; it cross-fades; \"as this\" where there are spaces\n"
    "load FILE.yaml            another pipeline\n"
    "reload                    what has changed on disk\n"
    "bypass on|off             the input instead of the output\n"
    "mute on|off\n"
    "pause on|off              nothing goes in; the tail rings out\n"
    "unlatch                   after the output blew up: begins anew and unmutes\n"
    "meters                    levels of all channels since the last status\n"
    "status                    everything, as --status-json\n"
    "quit                      fades out and ends\n";

// "As this", with backslashes before quotes and backslashes, a word may have spaces in it.
std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> std::quoted(word);) words.push_back(word);
  return words;
}

[[noreturn]] void refuse(const std::string& why) { throw Error(Code::configuration, why); }

double number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0') refuse("expected a number, got '" + text + "'");
  return value;
}

std::string number_text(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

void require(const std::vector<std::string>& words, std::size_t least, std::size_t most,
             const char* usage) {
  if (words.size() < least || words.size() > most) refuse(std::string("usage: ") + usage);
}

}  // namespace

LiveControl::LiveControl(const LiveParts& parts, const std::string& socket, bool watch,
                         double fade_ms)
    : parts_(parts), watch_(watch), fade_ms_(fade_ms) {
  if (!socket.empty()) socket_.emplace(socket);
  thread_ = std::thread([this] { run(); });
}

LiveControl::~LiveControl() {
  running_ = false;
  thread_.join();
}

void LiveControl::tell(const LiveReport& report) {
  const std::lock_guard lock(mutex_);
  report_ = report;
}

void LiveControl::run() {
  for (int round = 0; running_; ++round) {
    if (socket_) {
      socket_->serve(kServe_ms, [this](const std::string& line) { return answer(line); });
    } else {
      std::this_thread::sleep_for(std::chrono::milliseconds(kServe_ms));
    }
    collect();
    if (reload_ || (watch_ && round % kLookEvery == 0)) look_at_files();
  }
}

void LiveControl::collect() {
  for (const SwapReport& report : parts_.pipeline->collect()) {
    if (report.superseded) continue;
    ++reloads_;
    if (unlatching_ == 0 || report.ticket < unlatching_) continue;
    unlatching_ = 0;
    parts_.engine->unlatch();
  }
}

// A reload that was asked for compares contents even where time and size are the same.
void LiveControl::look_at_files() {
  const bool asked = reload_.exchange(false);
  if (!parts_.source->has_changed(asked)) {
    if (asked) parts_.say("nothing has changed");
    return;
  }
  try {
    replace(fade_ms_);
    parts_.say(parts_.source->name() + ": reloaded");
  } catch (const std::exception& error) {
    parts_.say(std::string(error.what()) + "\n" + "faltung: the pipeline stays as it was");
  }
}

void LiveControl::replace(double fade_ms) {
  try {
    StagePtr stage = parts_.source->load();
    std::map<std::string, Override> kept;
    for (const Control& control : distinct(stage->controls())) {
      const auto known = values_.find(control.path);
      if (!control.parameter || known == values_.end()) continue;
      if (control.parameter->value() != known->second.in_file) continue;
      control.parameter->set(known->second.value);
      kept.insert(*known);
    }
    if (parts_.source->rate_hz() > 0 &&
        parts_.source->rate_hz() != parts_.pipeline->input().rate_hz) {
      refuse("the pipeline's rate is " + number_text(parts_.source->rate_hz()) +
             " Hz; what runs is at " + number_text(parts_.pipeline->input().rate_hz) + " Hz");
    }
    collect();
    ticket_ = parts_.pipeline->replace(std::move(stage), fade_ms);
    if (ticket_ == 0) {
      throw Error(Code::failure, "the audio thread does not take anything new; is it stalled?");
    }
    parts_.source->accept();
    values_ = std::move(kept);
  } catch (...) {
    parts_.source->reject();
    throw;
  }
}

std::string LiveControl::answer(const std::string& line) noexcept {
  try {
    const std::vector<std::string> words = words_of(line);
    return (words.empty() ? "" : obey(words)) + kObeyed + "\n";
  } catch (const std::exception& error) {
    std::string text = error.what();
    for (char& c : text) c = c == '\n' ? ' ' : c;
    return kRefused + text + "\n";
  }
}

std::string LiveControl::obey(const std::vector<std::string>& words) {
  static const std::vector<std::string> kCommands = {"help", "list",   "get",  "set",    "swap",
                                                     "load", "reload", "mute", "bypass", "pause",
                                                     "meters", "status", "unlatch", "quit"};
  const std::string& command = words[0];
  if (command == "help") return kHelp;
  if (command == "list") return list();
  if (command == "get") {
    require(words, 2, 2, "get PATH");
    const Control& control = find(words[1]);
    return number_text(control.parameter ? control.parameter->value() : control.reading->value()) +
           "\n";
  }
  if (command == "set") {
    require(words, 3, 3, "set PATH VALUE");
    return set(words[1], words[2]);
  }
  if (command == "swap") return swap(words);
  if (command == "load") {
    require(words, 2, 2, "load FILE.yaml");
    return open_pipeline(words[1]);
  }
  if (command == "mute" || command == "bypass" || command == "pause") return toggle(words);
  if (command == "reload") {
    const bool changed = parts_.source->has_changed(true);
    if (changed) replace(fade_ms_);
    return changed ? "" : "nothing has changed\n";
  }
  if (command == "unlatch") {
    // What is muted needs no fade, and what blew up would be heard in one, and mute again.
    const bool latched = parts_.engine->is_latched();
    replace(latched ? 0 : fade_ms_);
    if (latched) unlatching_ = ticket_;
    return "";
  }
  if (command == "quit") {
    parts_.quit();
    return "";
  }
  if (command == "status" || command == "meters") {
    const std::lock_guard lock(mutex_);
    return command == "status" ? status_json(report_) + "\n" : level_lines(report_);
  }
  const std::string better = suggestion(command, kCommands);
  refuse("unknown command '" + command + "'; " +
         (better.empty() ? "'help' lists them" : "did you mean '" + better + "'?"));
}

std::string LiveControl::swap(const std::vector<std::string>& words) {
  require(words, 2, 3, "swap [STAGE] FILE");
  parts_.source->choose_kernel(words.size() == 3 ? words[1] : "", words.back());
  replace(fade_ms_);
  return "";
}

std::string LiveControl::open_pipeline(const std::string& file) {
  parts_.source->choose_pipeline(file);
  const auto former = std::exchange(values_, {});
  try {
    replace(fade_ms_);
  } catch (...) {
    values_ = former;
    throw;
  }
  return "";
}

std::string LiveControl::toggle(const std::vector<std::string>& words) {
  require(words, 2, 2, (words[0] + " on|off").c_str());
  if (words[1] != "on" && words[1] != "off") refuse("expected on or off, got '" + words[1] + "'");
  const bool on = words[1] == "on";
  if (words[0] == "pause") {
    parts_.stream->pause(on);
  } else if (words[0] == "mute") {
    parts_.engine->mute().set(on ? 1 : 0);
  } else if (!parts_.engine->can_bypass()) {
    refuse("a pipeline that changes the number of channels cannot be bypassed");
  } else {
    parts_.engine->bypass().set(on ? 1 : 0);
  }
  return "";
}

std::string LiveControl::list() const {
  std::string text;
  for (const Control& control : parts_.pipeline->controls()) {
    if (const Parameter* p = control.parameter) {
      text += control.path + " " + number_text(p->value()) + " " + p->unit() + " [" +
              number_text(p->low()) + " to " + number_text(p->high()) + "]\n";
    } else {
      text += control.path + " " + number_text(control.reading->value()) + " " +
              control.reading->unit() + " (reading)\n";
    }
  }
  return text;
}

const Control& LiveControl::find(const std::string& path) const {
  std::vector<std::string> paths;
  for (const Control& control : parts_.pipeline->controls()) {
    if (control.path == path) return control;
    paths.push_back(control.path);
  }
  const std::string better = suggestion(path, paths);
  refuse("no parameter '" + path + "'; " +
         (better.empty() ? "'list' shows them" : "did you mean '" + better + "'?"));
}

std::string LiveControl::set(const std::string& path, const std::string& value) {
  const Control& control = find(path);
  if (!control.parameter) refuse("'" + path + "' is a reading: it cannot be set");
  const double before = control.parameter->value();
  control.parameter->set(number(value));
  const auto known = values_.emplace(path, Override{0, before}).first;
  known->second.value = control.parameter->value();
  return "";
}

}  // namespace faltung
