// Filters of single channels -> stages of all channels.
#include "apps/faltung/import/channel_steps.h"

#include <algorithm>

#include "apps/faltung/import/writer.h"

namespace faltung {
namespace {

using Kind = ChannelStep::Kind;
using Steps = std::vector<const ChannelStep*>;  // of each channel; null: passes

bool meets(const ChannelStep& a, const ChannelStep& b) {
  return a.kind == b.kind && (a.kind != Kind::biquad || a.settings == b.settings);
}

void fill_paths(const Steps& steps, ImportedStage* stage) {
  for (std::size_t c = 0; c < steps.size(); ++c) {
    ImportedPath path;
    path.in = path.out = static_cast<Index>(c) + 1;
    path.kernel.taps = {1};
    if (steps[c]) path.kernel = steps[c]->kernel;
    if (steps[c]) path.comment = steps[c]->origin;
    stage->paths.push_back(std::move(path));
  }
}

std::string biquad_settings(const std::string& settings, const Steps& steps) {
  std::string list;
  for (std::size_t c = 0; c < steps.size(); ++c) {
    if (steps[c]) list += (list.empty() ? "" : ", ") + std::to_string(c + 1);
  }
  const bool all = std::find(steps.begin(), steps.end(), nullptr) == steps.end();
  return "biquad: {" + settings + (all ? "" : ", channels: [" + list + "]") + "}";
}

std::string values_text(Kind kind, const Steps& steps) {
  std::vector<double> values;
  for (const ChannelStep* step : steps) {
    values.push_back(step ? step->value : kind == Kind::gain ? 1 : 0);
  }
  const std::string numbers = imported_numbers(values);
  return (kind == Kind::gain ? "gain: {factor: " : "delay: {samples: ") + numbers + "}";
}

void fill_comments(const Steps& steps, ImportedStage* stage) {
  for (const ChannelStep* step : steps) {
    if (!step) continue;
    std::vector<std::string>& known = stage->comments;
    const bool said = std::find(known.begin(), known.end(), step->origin) != known.end();
    if (!said) known.push_back(step->origin);
  }
}

}  // namespace

void ChannelSteps::add(std::size_t channel, const std::vector<ChannelStep>& steps) {
  steps_[channel].insert(steps_[channel].end(), steps.begin(), steps.end());
}

void ChannelSteps::write(std::vector<ImportedStage>* stages) {
  while (const ChannelStep* first = preferred()) stages->push_back(take(*first));
}

const ChannelStep* ChannelSteps::head(std::size_t channel) const {
  const std::vector<ChannelStep>& steps = steps_[channel];
  return next_[channel] < steps.size() ? &steps[next_[channel]] : nullptr;
}

const ChannelStep* ChannelSteps::preferred() const {
  const ChannelStep* best = nullptr;
  for (std::size_t c = 0; c < steps_.size(); ++c) {
    const ChannelStep* step = head(c);
    if (step && (!best || step->kind < best->kind)) best = step;
  }
  return best;
}

ImportedStage ChannelSteps::take(const ChannelStep& first) {
  Steps steps(steps_.size(), nullptr);
  for (std::size_t c = 0; c < steps_.size(); ++c) {
    const ChannelStep* step = head(c);
    if (!step || !meets(*step, first)) continue;
    steps[c] = step;
    ++next_[c];
  }
  ImportedStage stage;
  if (first.kind == Kind::kernel) {
    fill_paths(steps, &stage);
    return stage;
  }
  fill_comments(steps, &stage);
  stage.settings = first.kind == Kind::biquad ? biquad_settings(first.settings, steps)
                                              : values_text(first.kind, steps);
  return stage;
}

}  // namespace faltung
