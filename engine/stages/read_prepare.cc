// The key `prepare` of a convolution or of a matrix's entry: what is done to a response before use.
#include "engine/stages/read_prepare.h"

#include "engine/stages/fit_rate.h"

namespace faltung {
namespace {

// `name` in samples or `name_ms`.
Duration read_duration(const Node& node, const Located& at, const std::string& name) {
  const Node* taps = node.find(name);
  const Node* ms = node.find(name + "_ms");
  if (taps && ms) at.refuse(*ms, "'" + name + "' and '" + name + "_ms' exclude each other");
  Duration duration;
  if (taps) duration.taps = at.integer(*taps, 0);
  if (ms) duration.milliseconds = at.number(*ms);
  if (duration.milliseconds < 0) {
    at.refuse(*ms, "expected a number of at least 0, got " + ms->description());
  }
  return duration;
}

std::optional<double> read_level(const Node& node, const Located& at, const char* key) {
  const Node* value = node.find(key);
  if (!value) return {};
  const double db = at.number(*value);
  if (db < 0) return db;
  at.refuse(*value, "expected a level below 0, in dB relative to the response's peak, got " +
                        value->description());
}

bool read_flag(const Node& node, const Located& at, const char* key) {
  const Node* value = node.find(key);
  return value && at.flag(*value);
}

Normalise read_normalise(const Node& node, const Located& at) {
  const Node* value = node.find("normalise");
  if (!value) return Normalise::none;
  const std::string word = at.word(*value, {"peak", "energy", "loudest"});
  if (word == "peak") return Normalise::peak;
  return word == "energy" ? Normalise::energy : Normalise::loudest;
}

}  // namespace

ResponsePreparation read_prepare(const Node& node, const Located& at) {
  at.check_keys(node, "prepare",
                {"minimum_phase", "reverse", "offset", "offset_ms", "length", "length_ms", "trim_start_db", "trim_db",
                 "fade", "fade_ms", "normalise", "delay", "delay_ms"});
  ResponsePreparation preparation;
  preparation.minimum_phase = read_flag(node, at, "minimum_phase");
  preparation.reverse = read_flag(node, at, "reverse");
  preparation.offset = read_duration(node, at, "offset");
  preparation.length = read_duration(node, at, "length");
  preparation.trim_start_db = read_level(node, at, "trim_start_db");
  preparation.trim_db = read_level(node, at, "trim_db");
  preparation.fade = read_duration(node, at, "fade");
  preparation.normalise = read_normalise(node, at);
  preparation.delay = read_duration(node, at, "delay");
  return preparation;
}

KernelRecipe prepared(const KernelRecipe& recipe, const Node& node, const Located& at) {
  return [recipe, node, at, preparation = read_prepare(node, at)](const Format& signal) {
    if (!signal.is_series()) at.refuse(node, "'prepare': only for responses of series");
    const Kernel response = at_rate_of(signal, recipe(signal));
    try {
      return prepare_response(response, preparation,
                              response.rate_hz > 0 ? response.rate_hz : signal.rate_hz);
    } catch (const Error& error) {
      throw Error(error.code(), at.place(node.position) + error.what());
    }
  };
}

}  // namespace faltung
