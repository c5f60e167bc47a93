// A convolution for the time of one call: one that an earlier call left, or a new one.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/layers/element_convolution.h"

namespace faltung {

// Everything that is asked but the samples.
struct Asked {
  Shape in;                         // [item, channel, axis…]
  const double* weights = nullptr;  // [out channel, in channel / groups, tap…], dense
  Shape weight_shape;
  LayerOptions options;
  SampleType arithmetic = SampleType::float64;
  double tolerance = -1;  // below 0: what the arithmetic promises, 1e-6 or 1e-13
  std::string_view method = "auto";
  bool blocks = false;    // as ElementSetting
};

// What the user has asked of every call: of this thread's, or of all others'.
struct Wishes {
  double tolerance = -1;  // below 0: what the arithmetic promises; 0: exact
  Index memory = 0;       // bytes; 0: any
};
Wishes wishes() noexcept;
void set_wishes(const Wishes& all) noexcept;
// Gives what was wished before.
std::optional<Wishes> set_thread_wishes(std::optional<Wishes> mine) noexcept;

double tolerance_of(SampleType arithmetic, double asked) noexcept;

// Throws as ElementConvolution. Small ones are given back when the call ends, for the next call.
class Kept {
 public:
  explicit Kept(const Asked& asked);
  ~Kept();
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  ElementConvolution* operator->() const noexcept { return convolution_.get(); }

 private:
  std::string key_;  // empty: too large to be kept
  std::unique_ptr<ElementConvolution> convolution_;
};

// Forgets all that earlier calls left: threads or options have changed.
void forget_kept();

}  // namespace faltung
