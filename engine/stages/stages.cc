// The table of stages: from configuration to what processes slabs.
#include "engine/stages/stages.h"

#include <optional>

#include "engine/nd/suggestion.h"
#include "engine/stages/biquad.h"
#include "engine/stages/cascade.h"
#include "engine/stages/channel_norm.h"
#include "engine/stages/delay.h"
#include "engine/stages/dither.h"
#include "engine/stages/gain.h"
#include "engine/stages/limiter.h"
#include "engine/stages/meter.h"
#include "engine/stages/mix.h"
#include "engine/stages/mute.h"
#include "engine/stages/placed_stage.h"
#include "engine/stages/read_convolve.h"
#include "engine/stages/read_layers.h"
#include "engine/stages/read_lv2.h"
#include "engine/stream/chain.h"
#include "engine/stream/parallel.h"

namespace faltung {
namespace {

StagePtr read_activation_stage(const Node& node, const StageContext& context) {
  return make_activation(read_activation(node, context.located));
}

StagePtr read_parallel(const Node& node, const StageContext& context) {
  const Located& at = context.located;
  at.check_keys(node, "parallel", {"merge", "branches"});
  static const std::vector<std::string> kMerges = {"sum", "concat", "difference", "product",
                                                   "magnitude"};
  const std::string merge = at.word(at.required(node, "parallel", "merge"), kMerges);
  const Node& list = at.required(node, "parallel", "branches");
  if (list.kind != Node::Kind::list || list.items.empty()) {
    at.refuse(list,
              "expected a list of branches, each a list of stages, got " + list.description());
  }
  std::vector<StagePtr> branches;
  for (const Node& branch : list.items) branches.push_back(make_stages(branch, context));
  std::size_t index = 0;
  while (kMerges[index] != merge) ++index;
  return make_parallel(std::move(branches), static_cast<Merge>(index));
}

StagePtr read_convolve_stage(const Node& node, const StageContext& context) {
  return make_convolve(read_convolve(node, Orientation::convolution, context));
}

StagePtr read_correlate_stage(const Node& node, const StageContext& context) {
  return make_convolve(read_convolve(node, Orientation::correlation, context));
}

// The settings of a stage of that name; null where it is another.
const Node* settings_of(const Node& stage, const char* name) {
  const bool one = stage.kind == Node::Kind::map && stage.entries.size() == 1;
  return one && stage.entries[0].key.text == name ? &stage.entries[0].value : nullptr;
}

ConvolveOptions normed(const ConvolveOptions& options, const Node& norm, const Located& at) {
  const BatchNorm values = read_norm(norm, at);
  try {
    return with_norm(options, values);
  } catch (const Error& error) {
    at.refuse(norm, error.what());
  }
}

// A convolution that is none of a matrix: what a cascade is made of.
std::optional<CascadeLink> read_link(const Node& stage, const StageContext& context) {
  const Node* convolve = settings_of(stage, "convolve");
  const Node* settings = convolve ? convolve : settings_of(stage, "correlate");
  if (!settings || settings->find("matrix")) return {};
  const Orientation orientation = convolve ? Orientation::convolution : Orientation::correlation;
  return CascadeLink{read_convolve(*settings, orientation, context), context.located,
                     stage.entries[0].key.position};
}

}  // namespace

const std::vector<StageRow>& stage_table() {
  static const std::vector<StageRow> table = {
      {"convolve", "convolution: the kernel is flipped", read_convolve_stage},
      {"correlate", "correlation: the kernel is not flipped, as in layers", read_correlate_stage},
      {"gain", "multiplies by a constant", read_gain},
      {"mute", "silences channels without a click", read_mute},
      {"mix", "a matrix over the channels", read_mix},
      {"delay", "shifts along the stream axis, also between two frames", read_delay},
      {"biquad", "recursive filters: equalisers, crossovers, explicit coefficients", read_biquad},
      {"limiter", "keeps samples below a ceiling, by looking ahead", read_limiter},
      {"dither", "rounds to 16 or 24 bits, with noise and its shape", read_dither},
      {"meter", "shows levels and changes nothing", read_meter},
      {"activation", "relu, leaky-relu, sigmoid, tanh, clamp, abs", read_activation_stage},
      {"pool", "the largest or the mean sample of a moving window", read_pool},
      {"transposed_convolve", "transposed convolution: the stride makes the output finer",
       read_transposed_convolve},
      {"upsample", "more samples between two: nearest or linear", read_upsample},
      {"batch_norm", "batch normalisation with known statistics", read_batch_norm},
      {"lv2", "an LV2 plugin", read_lv2},
      {"parallel", "branches of the same input, merged", read_parallel},
  };
  return table;
}

StagePtr make_stage(const Node& stage, const StageContext& context) {
  const Located& at = context.located;
  const bool bare = stage.kind == Node::Kind::scalar;
  if (!bare && (stage.kind != Node::Kind::map || stage.entries.size() != 1)) {
    at.refuse(stage, "expected one stage as {name: settings}, got " +
                         (stage.kind == Node::Kind::map
                              ? "a map of " + std::to_string(stage.entries.size()) + " keys"
                              : stage.description()));
  }
  const Node& name = bare ? stage : stage.entries[0].key;
  Node none;
  none.position = stage.position;
  const Node& settings = bare ? none : stage.entries[0].value;
  std::vector<std::string> names;
  for (const StageRow& row : stage_table()) {
    if (name.text == row.name) {
      return make_placed(row.make(settings, context), at, name.position, row.name);
    }
    names.emplace_back(row.name);
  }
  const std::string better = suggestion(name.text, names);
  if (!better.empty()) {
    at.refuse(name, "unknown stage '" + name.text + "'; did you mean '" + better + "'?");
  }
  std::string all;
  for (const std::string& one : names) all += (all.empty() ? "" : ", ") + one;
  at.refuse(name, "unknown stage '" + name.text + "'; there are " + all);
}

StagePtr make_stages(const Node& list, const StageContext& context) {
  if (list.kind != Node::Kind::list) return make_stage(list, context);
  std::vector<StagePtr> stages;
  std::vector<CascadeLink> links;  // neighbours that may become one
  const auto close = [&] {
    if (!links.empty()) stages.push_back(make_cascade(std::move(links)));
    links.clear();
  };
  for (const Node& stage : list.items) {
    std::optional<CascadeLink> link = read_link(stage, context);
    if (link && !links.empty() && !can_fold(links.back().options, link->options)) close();
    if (link) {
      links.push_back(std::move(*link));
    } else if (const Node* norm = settings_of(stage, "batch_norm");
               norm && !links.empty() && takes_norm(links.back().options)) {
      links.back().options = normed(links.back().options, *norm, context.located);
    } else {
      close();
      stages.push_back(make_stage(stage, context));
    }
  }
  close();
  return make_chain(std::move(stages));
}

}  // namespace faltung
