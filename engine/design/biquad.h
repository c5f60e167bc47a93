// Recursive filters: equalisers, shelves, crossovers, as cascades of sections of second order.
//
// All come from analogue filters by the bilinear transform, with the frequency kept where it was
// asked for. Sections therefore stand here in s = (1 − z⁻¹) / (1 + z⁻¹), where they are best
// conditioned: at 10 Hz and 192 kHz the poles of z lie 0.0003 from 1.
// Source: Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients".
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/design/prototype.h"

namespace faltung {

// H(z) = (b0 + b1·z⁻¹ + b2·z⁻²) / (1 + a1·z⁻¹ + a2·z⁻²)
struct Biquad {
  double b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;
};

// H(s) = (n2·s² + n1·s + n0) / (s² + d1·s + d0); stable where d1 > 0 and d0 > 0.
struct Section {
  double n2 = 1, n1 = 2, n0 = 1, d1 = 2, d0 = 1;  // 1
};

// What says how wide a filter is; the types of first order and the families take none.
enum class Width { none, q, bandwidth_oct, slope };

struct FilterType {
  const char* name;
  bool has_gain;
  Width other_width;                    // that may be said instead of q; Width::none: nothing
  int order;                            // 1, 2; 0: a family, of any order
  Section (*make)(double q, double a);  // at 1 rad/s; of first order (n1·s + n0) / (s + d0).
                                        // a = 10^(gain_db / 40)
  Family family = Family::butterworth;
  bool highpass = false;
};

const std::vector<FilterType>& filter_types();
const FilterType* find_filter_type(const std::string& name);  // null: there is none

struct FilterSettings {
  double frequency_hz = 1000;  // above 0, below half the rate
  Width kind = Width::q;
  double width = 0.7071067811865476;  // q, bandwidth in octaves, or slope
  double gain_db = 0;
};

// A type at an order, ready for being designed again and again. Throws as make_prototype does.
class FilterDesign {
 public:
  explicit FilterDesign(const FilterType& type, int order = 2);

  const FilterType& type() const noexcept { return *type_; }
  int order() const noexcept { return order_; }
  std::size_t sections() const noexcept { return prototype_.empty() ? 1 : prototype_.size(); }

  // Writes sections() sections. May run on the audio thread: no allocation, no exceptions.
  void make(const FilterSettings& settings, double rate_hz, std::span<Section> to) const noexcept;

 private:
  const FilterType* type_;
  int order_;
  std::vector<PrototypeSection> prototype_;  // of a family
};

// Throws Error{configuration}: a pole on or outside the unit circle.
Section section_of(const Biquad& biquad);
Biquad biquad_of(const Section& section) noexcept;

// Frames until the slowest pole's contribution has fallen by so many decibels. Infinite
// where it lies as near to the unit circle as float64 can tell.
double decay_frames(std::span<const Section> sections, double db) noexcept;

}  // namespace faltung
