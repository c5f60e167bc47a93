// jconvolver and fconvolver configurations: commands, executed in order, that fill pairs of inputs
// and outputs with responses.
//
// README.CONFIG of jconvolver 1.1.0. Copies are links: what is added to the source later shows
// through. Stricter than the original, which warns and goes on: a missing file, channel or offset
// is an error, and so is what its convolver silently ignores (adding to a copy).
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <numbers>
#include <optional>

#include "apps/faltung/import/formats.h"
#include "apps/faltung/import/response.h"
#include "apps/faltung/import/words.h"
#include "engine/nd/suggestion.h"

namespace faltung {
namespace {

constexpr Index kMostChannels = 64;
constexpr Index kMostImpulse = Index{1} << 20;  // frames
constexpr std::size_t kLongestLine = 1022;      // the original reads 1023 with the line's end
constexpr Index kShortestHilbert = 64, kLongestHilbert = 65536;

using Pair = std::pair<Index, Index>;  // input, output

// A Hilbert transformer of the original's window: h ± i for odd i, its centre at length / 2.
std::vector<double> hilbert_taps(Index length) {
  std::vector<double> taps(static_cast<std::size_t>(length));
  const Index h = length / 2;
  for (Index i = 1; i < h; i += 2) {
    const double at = static_cast<double>(i);
    const double window = 0.43 + 0.57 * std::cos(at * std::numbers::pi / static_cast<double>(h));
    const double tap = 2 / std::numbers::pi / at * window;
    taps[static_cast<std::size_t>(h + i)] = -tap;
    taps[static_cast<std::size_t>(h - i)] = tap;
  }
  return taps;
}

class Reader {
 public:
  Reader(const std::string& path)
      : path_(path), folder_(std::filesystem::path(path).parent_path().string()) {}

  ImportedPipeline read(const std::string& text) {
    for (std::size_t begin = 0; begin < text.size(); ++line_) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      read_line(text.substr(begin, end - begin));
      begin = end + 1;
    }
    if (size_ == 0) fail("ends without /convolver/new");
    return result();
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw Error(Code::configuration, place() + message);
  }
  std::string at() const {
    return std::filesystem::path(path_).filename().string() + ":" + std::to_string(line_);
  }
  std::string place() const { return path_ + ":" + std::to_string(line_) + ": "; }
  void note(const std::string& text) { result_.notes.push_back(at() + ": " + text); }

  void read_line(std::string line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.size() > kLongestLine) fail("a line of more than 1022 characters");
    if (line.empty() || line[0] != '/') {
      const std::size_t first = line.find_first_not_of(" \t\v\f");
      if (first == std::string::npos || line[first] == '#') return;
      fail("expected a command, which begins in the first column with '/', or '#'");
    }
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    command_ = line.substr(0, end);
    words_ = WordReader(line.substr(end), place() + command_ + ": ");
    run_command();
  }

  void run_command() {
    struct Command {
      const char* name;
      void (Reader::*run)();
    };
    static constexpr Command kCommands[] = {
        {"/convolver/new", &Reader::convolver_new},
        {"/impulse/read", &Reader::impulse_read},
        {"/impulse/dirac", &Reader::dirac},
        {"/impulse/hilbert", &Reader::hilbert},
        {"/impulse/copy", &Reader::copy},
        {"/input/name", &Reader::name},
        {"/output/name", &Reader::name},
        {"/cd", &Reader::cd},
        {"/jack/client", &Reader::jack},
        {"/jack/server", &Reader::jack},
    };
    std::vector<std::string> names;
    for (const Command& known : kCommands) {
      if (command_ == known.name) return (this->*known.run)();
      names.push_back(known.name);
    }
    const std::string better = suggestion(command_, names);
    fail("unknown command '" + command_ + "'" +
         (better.empty() ? "" : "; did you mean '" + better + "'?"));
  }

  void convolver_new() {
    if (size_ > 0) fail("a second /convolver/new");
    inputs_ = words_.integer("inputs", 1, kMostChannels);
    outputs_ = words_.integer("outputs", 1, kMostChannels);
    words_.integer("partition size", 1, 1 << 20);  // ours are chosen by the planner
    size_ = words_.integer("maximum impulse length", 1, kMostImpulse);
  }

  void cd() {
    const std::string to = words_.string("path");
    folder_ = to[0] == '/' ? to : find_response(to, folder_);
  }

  void jack() { note(command_.substr(1) + " " + words_.string("name")); }

  void name() {
    const bool input = command_ == "/input/name";
    const Index number = channel(input ? "input" : "output", input ? inputs_ : outputs_);
    std::string text = words_.string("port name");
    if (!words_.at_end()) text += ", connected to " + words_.string("port");
    note((input ? "input " : "output ") + std::to_string(number) + " is " + text);
  }

  Index channel(const char* what, Index most) {
    if (size_ == 0) fail(command_ + " comes before /convolver/new");
    return words_.integer(what, 1, most);
  }

  Pair pair() {
    const Index in = channel("input", inputs_);
    return {in, channel("output", outputs_)};
  }

  // The pair's list, for adding to it.
  std::vector<ImportedPath>& paths_of(const Pair& where) {
    if (!links_.contains(where)) return paths_[where];
    fail(command_ + " adds to input " + std::to_string(where.first) + ", output " +
         std::to_string(where.second) + ", which is a copy; jconvolver ignores it");
  }

  void add(const Pair& where, ImportedKernel kernel, double gain, Index delay, Index taps) {
    std::vector<ImportedPath>& paths = paths_of(where);
    if (delay >= size_)
      return note("left out, as jconvolver does: it begins at the delay " + std::to_string(delay) +
                  ", the maximum length is " + std::to_string(size_));
    if (taps > size_ - delay) {
      kernel.length = size_ - delay;
      note("cut to " + std::to_string(kernel.length) + " of " + std::to_string(taps) +
           " frames by the maximum length " + std::to_string(size_));
    }
    paths.push_back({where.first, where.second, std::move(kernel), gain, delay, at()});
  }

  void impulse_read() {
    const Pair where = pair();
    const double gain = words_.number("gain");
    const Index delay = words_.integer("delay", 0, kMostImpulse);
    ImportedKernel kernel;
    kernel.offset = words_.integer("offset", 0, Index{1} << 32);
    kernel.length = words_.integer("length", 0, Index{1} << 32);
    const Index channel = words_.integer("channel", 1, 1 << 16);
    kernel.file = find_response(words_.string("file"), folder_);
    const ResponseFacts& facts = facts_of(kernel.file);
    if (channel > facts.channels) {
      fail(kernel.file + " has " + std::to_string(facts.channels) + " channels, not " +
           std::to_string(channel));
    }
    const Index left = facts.taps - kernel.offset;
    if (left <= 0) {
      fail("offset of " + std::to_string(kernel.offset) + " frames; " + kernel.file + " has " +
           std::to_string(facts.taps));
    }
    if (kernel.length > left) {
      note("length of " + std::to_string(kernel.length) + " frames, there are " +
           std::to_string(left));
    }
    if (kernel.length >= left) kernel.length = 0;
    cut_ |= kernel.offset > 0 || kernel.length > 0;
    if (facts.channels > 1) kernel.channel = channel;
    const Index taps = kernel.length > 0 ? kernel.length : left;
    add(where, std::move(kernel), gain, delay, taps);
  }

  const ResponseFacts& facts_of(const std::string& file) {
    try {
      return files_.facts(file);
    } catch (const Error& error) {
      throw Error(error.code(), place() + error.what());
    }
  }

  void dirac() {
    const Pair where = pair();
    const double gain = words_.number("gain");
    ImportedKernel one;
    one.taps = {1};
    add(where, std::move(one), gain, words_.integer("delay", 0, kMostImpulse), 1);
  }

  void hilbert() {
    const Pair where = pair();
    const double gain = words_.number("gain");
    const Index delay = words_.integer("delay", 0, kMostImpulse);
    const Index length = words_.integer("length", kShortestHilbert, kLongestHilbert);
    if (delay < length / 2) {
      return note("left out, as jconvolver does: the delay " + std::to_string(delay) +
                  " is less than half the length");
    }
    ImportedKernel kernel;
    kernel.taps = hilbert_taps(length);
    kernel.name = "hilbert-" + std::to_string(length);
    add(where, std::move(kernel), gain, delay - length / 2, length);
  }

  void copy() {
    const Pair to = pair();
    const Pair from = pair();
    if (to == from) fail("a copy of itself");
    if (paths_.contains(to)) fail("copies over responses given before");
    if (!links_.contains(from) && !paths_.contains(from)) {
      fail("copies from a pair that has nothing yet; jconvolver ignores it");
    }
    for (Pair source = from; links_.contains(source); source = links_.at(source)) {
      if (links_.at(source) == to) fail("copies go round in a circle");
    }
    links_[to] = from;
    link_places_[to] = at();
  }

  const std::vector<ImportedPath>* source_of(Pair pair) const {
    while (links_.contains(pair)) pair = links_.at(pair);
    const auto found = paths_.find(pair);
    return found == paths_.end() ? nullptr : &found->second;
  }

  ImportedPipeline result() {
    ImportedStage stage;
    for (Index out = 1; out <= outputs_; ++out) {
      for (Index in = 1; in <= inputs_; ++in) append({in, out}, stage.paths);
    }
    silence_to(outputs_, &stage.paths);
    result_.stages.push_back(std::move(stage));
    result_.notes.insert(result_.notes.begin(), "made for " + std::to_string(inputs_) +
                                                    " inputs and " + std::to_string(outputs_) +
                                                    " outputs; gains are factors");
    const std::string remark = files_.remark("jconvolver", 0);
    if (!remark.empty()) result_.notes.push_back(remark);
    if (cut_)
      result_.notes.push_back("offsets and lengths count frames at the responses' own rate");
    result_.files = files_.paths();
    return std::move(result_);
  }

  void append(const Pair& pair, std::vector<ImportedPath>& to) const {
    const std::vector<ImportedPath>* paths = source_of(pair);
    if (!paths) return;
    for (ImportedPath path : *paths) {
      path.in = pair.first;
      path.out = pair.second;
      const auto copied = link_places_.find(pair);
      if (copied != link_places_.end())
        path.comment = copied->second + ", a copy of " + path.comment;
      to.push_back(std::move(path));
    }
  }

  std::string path_, folder_, command_;
  int line_ = 1;
  WordReader words_;
  bool cut_ = false;                           // a part of a file is used
  Index inputs_ = 0, outputs_ = 0, size_ = 0;  // size 0: no /convolver/new yet
  std::map<Pair, std::vector<ImportedPath>> paths_;
  std::map<Pair, Pair> links_;
  std::map<Pair, std::string> link_places_;
  ResponseFiles files_;
  ImportedPipeline result_;
};

}  // namespace

bool looks_like_jconvolver(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t first = line.find_first_not_of(" \t\r\v\f");
    if (first == std::string_view::npos || line[first] == '#') continue;
    for (const char* start :
         {"/convolver/", "/jack/", "/input/", "/output/", "/impulse/", "/cd "}) {
      if (line.starts_with(start)) return true;
    }
    return line.starts_with("/cd\t");
  }
  return false;
}

ImportedPipeline import_jconvolver(const std::string& text, const std::string& path) {
  return Reader(path).read(text);
}

}  // namespace faltung
