// BruteFIR: a network of filters between inputs and outputs -> matrices of responses.
//
//   y_o = Σ_f g_of h_f * (Σ_i g_fi x_i + Σ_k g_fk y_k)
//
// Where no filter feeds another this is one matrix. Otherwise filters are ordered by how many come
// before them; every order is a matrix whose outputs are its filters and whatever is still needed
// later, and a last one adds up the outputs.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "apps/faltung/import/brutefir_config.h"
#include "apps/faltung/import/formats.h"
#include "apps/faltung/import/writer.h"

namespace faltung {
namespace {

// What BruteFIR writes as ~/.brutefir_defaults when it is run for the first time.
constexpr const char* kDefaults = R"(
float_bits: 32;
sampling_rate: 44100;
filter_length: 65536;
coeff { format: "text"; attenuation: 0.0; blocks: -1; skip: 0; shared_mem: false; };
input { device: "file" {}; sample: "S16_LE"; channels: 2/0,1; delay: 0,0; maxdelay: -1;
        mute: false, false; };
output { device: "file" {}; sample: "S16_LE"; channels: 2/0,1; delay: 0,0; maxdelay: -1;
         mute: false, false; dither: false; merge: false; };
filter { process: -1; delay: 0; crossfade: false; };
)";

// What is carried from one matrix to the next: a physical input, or a filter's output.
struct Signal {
  bool filter = false;
  Index index = 0;
  auto operator<=>(const Signal&) const = default;
};

class Network {
 public:
  Network(BruteConfig config, const BruteFile& file) : config_(std::move(config)), file_(file) {
    for (std::size_t f = 0; f < config_.filters.size(); ++f) order_of(static_cast<Index>(f));
  }

  ImportedPipeline pipeline() {
    for (Index i = 0; i < config_.inputs.physical; ++i) live_.push_back({false, i});
    const int last = *std::max_element(orders_.begin(), orders_.end());
    if (last == 1) {
      add_single();
    } else {
      for (int order = 1; order <= last; ++order) add_order(order);
      add_outputs();
    }
    result_.rate_hz = config_.rate_hz;
    result_.notes = std::move(config_.notes);
    result_.files = std::move(config_.files);
    return std::move(result_);
  }

 private:
  const BruteFilter& filter(Index f) const { return config_.filters[static_cast<std::size_t>(f)]; }
  const BruteChannel& input(Index i) const {
    return config_.inputs.logical[static_cast<std::size_t>(i)];
  }
  const BruteChannel& output(Index o) const {
    return config_.outputs.logical[static_cast<std::size_t>(o)];
  }

  // 1 for filters that only inputs feed. Being asked for again while it is computed is a loop.
  int order_of(Index f) {
    orders_.resize(config_.filters.size(), 0);
    int& known = orders_[static_cast<std::size_t>(f)];
    if (known < 0)
      file_.refuse(filter(f).line, "filter \"" + filter(f).name + "\" is part of a loop");
    if (known > 0) return known;
    known = -1;
    int order = 1;
    for (const BruteEdge& edge : filter(f).filters)
      order = std::max(order, order_of(edge.from) + 1);
    return orders_[static_cast<std::size_t>(f)] = order;
  }

  Index channel_of(const Signal& signal) const {
    return std::find(live_.begin(), live_.end(), signal) - live_.begin() + 1;
  }

  // A path through filter f, without the gain and delay of what stands before and after it.
  ImportedPath path_through(Index f) const {
    const BruteFilter& from = filter(f);
    ImportedPath path;
    path.kernel.taps = {1};
    path.delay = from.delay_blocks * config_.part;
    path.comment = "line " + std::to_string(from.line) + ": filter \"" + from.name + "\"";
    if (from.coeff < 0) return path;
    const BruteCoeff& coeff = config_.coeffs[static_cast<std::size_t>(from.coeff)];
    path.kernel = coeff.kernel;
    path.gain = coeff.gain;
    path.comment += ", coeff \"" + coeff.name + "\"";
    const Index most = (config_.blocks - from.delay_blocks) * config_.part;  // as BruteFIR cuts it
    if (coeff.taps > most) {
      path.kernel.length = most;
      path.comment += ", cut to " + std::to_string(most) + " taps by its delay";
    }
    return path;
  }

  // What feeds filter f: paths to channel `out` of the next matrix.
  void add_sources(Index f, Index out, std::vector<ImportedPath>& paths) const {
    for (const BruteEdge& edge : filter(f).inputs) {
      ImportedPath path = path_through(f);
      path.in = channel_of({false, input(edge.from).physical});
      path.out = out;
      path.gain *= edge.gain;
      path.delay += input(edge.from).delay;
      if (input(edge.from).muted) mute(path, "input");
      paths.push_back(std::move(path));
    }
    for (const BruteEdge& edge : filter(f).filters) {
      ImportedPath path = path_through(f);
      path.in = channel_of({true, edge.from});
      path.out = out;
      path.gain *= edge.gain;
      paths.push_back(std::move(path));
    }
  }

  static void mute(ImportedPath& path, const char* what) {
    if (path.gain != 0)
      path.comment +=
          std::string(", muted ") + what + " (factor " + imported_number(path.gain) + ")";
    path.gain = 0;
  }

  // `path` as it leads to an output; adds its gain and delay.
  void lead_to(ImportedPath path, const BruteEdge& edge, std::vector<ImportedPath>& paths) const {
    const BruteChannel& to = output(edge.from);
    path.out = to.physical + 1;
    path.gain *= edge.gain;
    path.delay += to.delay;
    if (to.muted) mute(path, "output");
    paths.push_back(std::move(path));
  }

  void add_single() {
    ImportedStage stage;
    for (std::size_t f = 0; f < config_.filters.size(); ++f) {
      std::vector<ImportedPath> sources;
      add_sources(static_cast<Index>(f), 0, sources);
      for (const BruteEdge& edge : config_.filters[f].outputs) {
        for (const ImportedPath& path : sources) lead_to(path, edge, stage.paths);
      }
    }
    add(std::move(stage), config_.outputs.physical);
  }

  bool needed_after(const Signal& signal, int order) const {
    for (std::size_t f = 0; f < config_.filters.size(); ++f) {
      if (signal.filter && signal.index == static_cast<Index>(f) &&
          !config_.filters[f].outputs.empty()) {
        return true;
      }
      if (orders_[f] > order && feeds(signal, config_.filters[f])) return true;
    }
    return false;
  }

  bool feeds(const Signal& signal, const BruteFilter& to) const {
    const auto& edges = signal.filter ? to.filters : to.inputs;
    return std::any_of(edges.begin(), edges.end(), [&](const BruteEdge& edge) {
      return (signal.filter ? edge.from : input(edge.from).physical) == signal.index;
    });
  }

  void add_order(int order) {
    ImportedStage stage;
    std::vector<Signal> next;
    for (const Signal& signal : live_) {
      if (!needed_after(signal, order)) continue;
      next.push_back(signal);
      ImportedPath path;
      path.in = channel_of(signal);
      path.out = static_cast<Index>(next.size());
      path.kernel.taps = {1};
      path.comment = "passes: " + text_of(signal);
      stage.paths.push_back(std::move(path));
    }
    for (std::size_t f = 0; f < config_.filters.size(); ++f) {
      if (orders_[f] != order) continue;
      next.push_back({true, static_cast<Index>(f)});
      add_sources(static_cast<Index>(f), static_cast<Index>(next.size()), stage.paths);
    }
    stage.comments = {"filters that follow on " + std::to_string(order - 1) + " others"};
    add(std::move(stage), static_cast<Index>(next.size()));
    live_ = std::move(next);
  }

  std::string text_of(const Signal& signal) const {
    if (signal.filter) return "filter \"" + filter(signal.index).name + "\"";
    return "input " + std::to_string(signal.index + 1);
  }

  void add_outputs() {
    ImportedStage stage;
    stage.comments = {"filters into outputs"};
    for (std::size_t f = 0; f < config_.filters.size(); ++f) {
      const Signal signal{true, static_cast<Index>(f)};
      ImportedPath path;
      path.in = channel_of(signal);
      path.kernel.taps = {1};
      path.comment = text_of(signal);
      for (const BruteEdge& edge : config_.filters[f].outputs) lead_to(path, edge, stage.paths);
    }
    add(std::move(stage), config_.outputs.physical);
  }

  void add(ImportedStage stage, Index outputs) {
    stage.float64 = config_.float64;
    silence_to(outputs, &stage.paths);
    result_.stages.push_back(std::move(stage));
  }

  BruteConfig config_;
  const BruteFile& file_;
  std::vector<int> orders_;   // of each filter; 0: not known yet, -1: being computed
  std::vector<Signal> live_;  // channels of the signal as it is now
  ImportedPipeline result_;
};

}  // namespace

bool looks_like_brutefir(std::string_view text) {
  for (const char* mark : {"filter_length:", "from_inputs:", "to_outputs:", "sampling_rate:"}) {
    if (text.find(mark) != std::string_view::npos) return true;
  }
  return false;
}

ImportedPipeline import_brutefir(const std::string& text, const std::string& path,
                                 const std::string& defaults, const std::string& defaults_path) {
  const BruteFile file = parse_brutefir(text, path);
  const BruteFile shared = parse_brutefir(defaults_path.empty() ? kDefaults : defaults,
                                          defaults_path.empty() ? "(defaults)" : defaults_path);
  ImportedPipeline result = Network(read_brutefir(file, shared), file).pipeline();
  if (!defaults_path.empty())
    result.notes.insert(result.notes.begin(), "defaults: " + defaults_path);
  if (!defaults_path.empty()) result.files.push_back(defaults_path);
  return result;
}

}  // namespace faltung
