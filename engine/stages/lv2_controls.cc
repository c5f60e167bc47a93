// The control ports of a hosted plugin as parameters and readings.
#include "engine/stages/lv2_controls.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/stages/lv2_checks.h"

namespace faltung {
namespace {

constexpr double kNoLimit = 1e9;  // beyond what any plugin counts

}  // namespace

Lv2Controls::Lv2Controls(const Lv2Description& description,
                         const std::map<std::string, double>& values)
    : description_(description), values_(values) {
  for (std::size_t i = 0; i < description.ports.size(); ++i) {
    const Lv2Port& port = description.ports[i];
    if (port.kind != Lv2Port::Kind::control) continue;
    if (!port.input) {
      outputs_.push_back({i, std::make_unique<Reading>(port.symbol, port.unit)});
    } else if (!port.per_rate && description.free_wheeling != i) {
      const auto given = values.find(port.symbol);
      const double value = given == values.end() ? port.initial : given->second;
      auto parameter = std::make_unique<Parameter>(port.symbol, port.unit,
                                                   port.low.value_or(-kNoLimit),
                                                   port.high.value_or(kNoLimit), value);
      inputs_.push_back({i, std::move(parameter), !port.toggled && !port.whole, value});
    }
  }
}

std::vector<Control> Lv2Controls::all() {
  std::vector<Control> result;
  for (Input& input : inputs_) result.push_back(control_of(*input.parameter));
  for (const Output& output : outputs_) result.push_back(control_of(*output.reading));
  return result;
}

void Lv2Controls::prepare(const std::vector<std::unique_ptr<Lv2Copy>>& copies, double rate_hz,
                          Index ramp_frames) {
  copies_.clear();
  for (const auto& copy : copies) copies_.push_back(copy.get());
  ramp_frames_ = ramp_frames;
  for (std::size_t i = 0; i < description_.ports.size(); ++i) {
    const auto given = values_.find(description_.ports[i].symbol);
    if (!description_.ports[i].per_rate || given == values_.end()) continue;
    check_lv2_value(description_.ports[i], given->second, rate_hz);
    for (Lv2Copy* copy : copies_) copy->control(i) = static_cast<float>(given->second);
  }
  jump();
}

void Lv2Controls::set(Input& input, double value) noexcept {
  input.value = value;
  const float sample = static_cast<float>(input.ramps ? value : std::round(value));
  for (Lv2Copy* copy : copies_) copy->control(input.port) = sample;
}

void Lv2Controls::take() noexcept {
  for (Input& input : inputs_) {
    const double wanted = input.parameter->value();
    if (wanted == input.target) continue;
    input.target = wanted;
    if (!input.ramps) {
      set(input, wanted);
      continue;
    }
    if (input.left == 0) ++moving_;
    input.left = ramp_frames_;
    input.step = (wanted - input.value) / static_cast<double>(ramp_frames_);
  }
}

void Lv2Controls::advance(Index frames) noexcept {
  if (moving_ == 0) return;
  for (Input& input : inputs_) {
    if (input.left == 0) continue;
    const Index count = std::min(frames, input.left);
    input.left -= count;
    set(input, input.left == 0 ? input.target
                               : input.value + input.step * static_cast<double>(count));
    if (input.left == 0) --moving_;
  }
}

void Lv2Controls::jump() noexcept {
  moving_ = 0;
  for (Input& input : inputs_) {
    input.left = 0;
    input.target = input.parameter->value();
    set(input, input.target);
  }
}

void Lv2Controls::publish() noexcept {
  for (const Output& output : outputs_) {
    float most = -std::numeric_limits<float>::infinity();
    for (Lv2Copy* copy : copies_) most = std::max(most, copy->control(output.port));
    if (std::isfinite(most)) output.reading->publish(static_cast<double>(most));
  }
}

}  // namespace faltung
