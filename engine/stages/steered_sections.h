// A cascade of sections that follows its parameters: what is set moves the coefficients in
// kDefaultRampMs, in a straight line, every frame between being a stable filter.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/stages/biquad.h"
#include "engine/stages/section_filter.h"
#include "engine/stream/control.h"

namespace faltung {

class SteeredSections {
 public:
  // Throws as make_biquad does.
  explicit SteeredSections(const BiquadOptions& options);

  // Errors: a type that is designed for a rate, and none there; a frequency not below half of it.
  void prepare(const Format& in);
  void reset() noexcept;  // at what is set now

  // Once a slab, before its channels: begins a ramp where something has been set.
  void look_at_parameters() noexcept;
  // Once for each channel: `states` has one for each section.
  void filter(std::span<SectionState> states, double* samples, Index count) const noexcept;
  // Once a slab, after its channels.
  void advance(Index count) noexcept;

  std::span<const Section> sections() const noexcept { return sections_; }
  std::deque<Parameter>& parameters() noexcept { return parameters_; }
  std::string text() const;  // "peaking, 1000 Hz, q 0.7, 3 dB: 1 section"

 private:
  void make_parameters(const BiquadOptions& options);
  void read_sections(const std::vector<Biquad>& sections);
  FilterSettings wanted() const noexcept;
  void design() noexcept;
  Index ramp_left() const noexcept { return ramp_frames_ - at_; }
  double progress(Index n) const noexcept;
  void filter(std::size_t section, SectionState* state, double* samples,
              Index count) const noexcept;

  std::optional<FilterDesign> design_;  // none: explicit coefficients
  std::deque<Parameter> parameters_;    // frequency first
  Parameter* width_ = nullptr;
  Parameter* gain_ = nullptr;
  FilterSettings settings_;  // that sections_ were made for
  std::vector<Section> sections_;
  std::vector<SectionShape> from_, target_;
  double rate_hz_ = 0;
  Index ramp_frames_ = 0, at_ = 0;  // at_ frames of the ramp are over
};

}  // namespace faltung
