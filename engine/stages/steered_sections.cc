// A cascade of sections that follows its parameters.
#include "engine/stages/steered_sections.h"

#include <algorithm>

#include "engine/design/number_text.h"
#include "engine/stages/ramp.h"
#include "engine/stages/series.h"

namespace faltung {
namespace {

constexpr double kLowestHz = 1e-6;
constexpr double kHighestHz = 1e9;         // until the rate is known
constexpr double kHighestOfRate = 0.4999;  // tan(ω0 / 2) has its pole at a half
constexpr double kMostGainDb = 100;

struct Bounds {
  const char* name;
  double low, high;
};

Bounds bounds_of(Width kind) {
  if (kind == Width::bandwidth_oct) return {"bandwidth_oct", 0.001, 20};
  if (kind == Width::slope) return {"slope", 0.01, 1};  // beyond 1 a shelf overshoots
  return {"q", 0.01, 1000};
}

bool same(const FilterSettings& a, const FilterSettings& b) {
  return a.frequency_hz == b.frequency_hz && a.width == b.width && a.gain_db == b.gain_db;
}

}  // namespace

SteeredSections::SteeredSections(const BiquadOptions& options) : settings_(options.settings) {
  if (options.type) {
    make_parameters(options);
  } else {
    read_sections(options.sections);
  }
  for (const Section& section : sections_) target_.emplace_back(section);
  from_ = target_;
}

void SteeredSections::make_parameters(const BiquadOptions& options) {
  design_.emplace(*options.type, options.order);
  sections_.resize(design_->sections());
  const FilterSettings& s = options.settings;
  parameters_.emplace_back("frequency_hz", "Hz", kLowestHz, kHighestHz, s.frequency_hz);
  if (options.type->order == 2) {
    const Bounds bounds = bounds_of(s.kind);
    width_ = &parameters_.emplace_back(bounds.name, "", bounds.low, bounds.high, s.width);
  }
  if (options.type->has_gain) {
    gain_ = &parameters_.emplace_back("gain_db", "dB", -kMostGainDb, kMostGainDb, s.gain_db);
  }
}

void SteeredSections::read_sections(const std::vector<Biquad>& sections) {
  if (sections.empty()) {
    throw Error(Code::configuration, "biquad has no sections; at least one is needed");
  }
  for (std::size_t i = 0; i < sections.size(); ++i) {
    try {
      sections_.push_back(section_of(sections[i]));
    } catch (const Error& error) {
      throw Error(error.code(), "biquad: section " + std::to_string(i + 1) + " is " + error.what());
    }
  }
}

void SteeredSections::prepare(const Format& in) {
  if (design_) {
    check_rate(in, "biquad");
    parameters_.front().allow(kLowestHz, kHighestOfRate * in.rate_hz);
  }
  rate_hz_ = in.rate_hz;
  ramp_frames_ = frames_of_ms({}, kDefaultRampMs, in, "biquad");
  reset();
}

void SteeredSections::reset() noexcept {
  if (design_) design();
  from_ = target_;
  at_ = ramp_frames_;
}

FilterSettings SteeredSections::wanted() const noexcept {
  FilterSettings settings = settings_;
  settings.frequency_hz = parameters_.front().value();
  if (width_) settings.width = width_->value();
  if (gain_) settings.gain_db = gain_->value();
  return settings;
}

void SteeredSections::design() noexcept {
  settings_ = wanted();
  design_->make(settings_, rate_hz_, sections_);
  for (std::size_t s = 0; s < sections_.size(); ++s) target_[s] = SectionShape(sections_[s]);
}

double SteeredSections::progress(Index n) const noexcept {
  return static_cast<double>(at_ + n) / static_cast<double>(ramp_frames_);
}

// What has changed begins a ramp where the last one has got to.
void SteeredSections::look_at_parameters() noexcept {
  if (!design_ || same(wanted(), settings_)) return;
  for (std::size_t s = 0; s < from_.size(); ++s) {
    from_[s] = ramp_left() > 0 ? from_[s].towards(target_[s], progress(0)) : target_[s];
  }
  design();
  at_ = 0;
}

void SteeredSections::filter(std::span<SectionState> states, double* samples,
                             Index count) const noexcept {
  for (std::size_t s = 0; s < states.size(); ++s) filter(s, &states[s], samples, count);
}

void SteeredSections::filter(std::size_t section, SectionState* state, double* samples,
                             Index count) const noexcept {
  SectionState local = *state;  // in registers
  Index n = 0;
  for (const Index moving = std::min(count, ramp_left()); n < moving; ++n) {
    const SectionStep step(from_[section].towards(target_[section], progress(n)));
    samples[n] = local.next(step, samples[n]);
  }
  const SectionStep step(target_[section]);
  for (; n < count; ++n) samples[n] = local.next(step, samples[n]);
  *state = local;
}

void SteeredSections::advance(Index count) noexcept { at_ += std::min(count, ramp_left()); }

std::string SteeredSections::text() const {
  std::string text;
  if (design_) {
    text = design_->type().name;
    if (design_->type().order == 0) text += " of order " + std::to_string(design_->order());
    for (const Parameter& parameter : parameters_) {
      const std::string number = number_text(parameter.value());
      text += ", " + (parameter.unit().empty() ? parameter.name() + " " + number
                                               : number + " " + parameter.unit());
    }
    text += ": ";
  }
  return text + std::to_string(sections_.size()) +
         (sections_.size() == 1 ? " section" : " sections");
}

}  // namespace faltung
